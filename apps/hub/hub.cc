#include "hub.h"

#include <future>

#include "configured_limits.h"
#include "pipeline/reading_record.h"

namespace fastness::hub {
namespace {

using namespace std::chrono_literals;

// How long connections may take to finish what is under way when the hub stops.
constexpr auto kDrain = 10s;
}  // namespace

Hub::Hub(const Opened& opened, ServerCredentials credentials)
    : opened_(opened),
      credentials_(std::move(credentials)),
      staples_(opened.config.server, opened.clock, opened.log),
      descriptors_(std::make_shared<net::DescriptorBudget>(opened.descriptors)),
      web_connections_(net::ConnectionLimits::create(connection_limits(
          opened.config.limits, descriptors_, net::DescriptorBudget::For::people))),
      sessions_(
          std::make_unique<gateway::SessionStore>(*opened.stores.values, *opened.stores.keys)) {}

Hub::~Hub() = default;

Result<std::unique_ptr<Hub>> Hub::create(const Opened& opened, ServerCredentials credentials) {
  std::unique_ptr<Hub> hub(new Hub(opened, std::move(credentials)));
  FASTNESS_RETURN_IF_ERROR(hub->make_contexts());
  hub->make_renewal_desk();
  FASTNESS_RETURN_IF_ERROR(hub->make_gateway());
  hub->make_backup();
  hub->make_api();
  FASTNESS_RETURN_IF_ERROR(hub->make_server());
  hub->connect_domains();
  return hub;
}

Post Hub::post_to_control() const {
  return
      [&control = opened_.control](std::function<void()> work) { control.post(std::move(work)); };
}

Result<void> Hub::replay() {
  FASTNESS_RETURN_IF_ERROR(opened_.domains.pipeline->replay());
  FASTNESS_RETURN_IF_ERROR(gateway_->restore(*sessions_));
  journal::Journal& journal = *opened_.stores.journal;
  return journal.replay(
      journal.checkpoint_of(kGatewayConsumer),
      [this](journal::Position, const journal::Record& record) -> Result<void> {
        if (record.type != static_cast<std::uint8_t>(pipeline::RecordType::gateway)) return {};
        return gateway_->replay(record.payload);
      });
}

// A revocation that a crash cut short: its sessions, and above all their wills, are not to live on.
bool Hub::is_admitted(const gateway::Principal& principal) const {
  if (const DeviceId* device = principal.device()) {
    const auto snapshot = opened_.domains.identity->published().load();
    const identity::RegisteredDevice* known = snapshot->find_device(*device);
    return known != nullptr && known->state == identity::IdentityState::active;
  }
  const auto keys = opened_.domains.accounts->api_keys().published().load();
  return keys->find(principal.credential, opened_.clock.now()) != nullptr;
}

Result<void> Hub::start() {
  FASTNESS_RETURN_IF_ERROR(replay());
  gateway_->expel([this](const gateway::Principal& principal) { return is_admitted(principal); });
  // A rotation that a crash cut short: a key that is to be given up is given up before anybody
  // comes.
  opened_.domains.identity->tick();
  FASTNESS_RETURN_IF_ERROR(resume_erasures());
  FASTNESS_RETURN_IF_ERROR(note_scrubbed_copy());
  FASTNESS_RETURN_IF_ERROR(offer_setup_link());
  FASTNESS_ASSIGN_OR_RETURN(const roots::RootSet roots, opened_.roots.set());
  FASTNESS_RETURN_IF_ERROR(opened_.data.write_anchors(roots));
  gateway_->start();
  server_->start();
  web_.start();
  begin_chores();
  is_ready_ = true;
  if (const std::string console = console_address(); !console.empty()) {
    opened_.log.info("console", {{"address", console}});
  }
  return opened_.data.write_listeners(listeners_);
}

void Hub::stop() {
  is_ready_ = false;
  chores_.clear();
  gateway_->drain();
  std::promise<void> stopped;
  web_.post([this, &stopped] { server_->stop([&stopped] { stopped.set_value(); }); });
  // Requests under way are answered on this thread.
  const SteadyTime deadline = opened_.clock.steady() + kDrain;
  auto done = stopped.get_future();
  while (done.wait_for(5ms) != std::future_status::ready && opened_.clock.steady() < deadline) {
    opened_.control.run_ready();
  }
  web_.stop();
  web_.join();
  gateway_->stop();
  opened_.control.run_ready();  // how the last connections ended
  opened_.pools.password.join();
  opened_.pools.seal.join();
  test_restore_->ask_to_stop();
  opened_.pools.backup.join();
  backup_->stop();
  api_->accesses().write_all();
  if (const auto habits = opened_.domains.accounts->reads().write_all(); !habits) {
    opened_.log.warning("reading_habits_not_written", {{"error", habits.error().message}});
  }
  sign_audit_trail();
  if (const auto finished = opened_.domains.pipeline->finish(); !finished) {
    opened_.log.warning("not_everything_checkpointed", {{"error", finished.error().message}});
  }
  opened_.stores.journal->stop();
}

}  // namespace fastness::hub
