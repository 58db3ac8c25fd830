// fastness-hub: the process that talks to the world.
//
// The story of a start, in order: take what fastnessd left open; shut the sandbox and prove it
// shut; get this start's keys from the vault; open the stores and the domains over them; bind the
// listeners; put back what the journal holds; serve until told to stop; write everything down.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <boost/asio/signal_set.hpp>
#include <unistd.h>

#include "config/child.h"
#include "crypto/secret/system_random.h"
#include "firewall.h"
#include "hub.h"
#include "net/descriptor_budget.h"
#include "net/event_loop.h"
#include "os/confinement/process_hardening.h"
#include "os/confinement/sandbox.h"
#include "os/files/descriptor.h"
#include "os/seqpacket_socket.h"
#include "outgoing/guard.h"
#include "outside/sign_in_providers.h"
#include "storage/migrations.h"
#include "vault_ipc/channel.h"

namespace fastness::hub {
namespace {

// Root's power to listen where the configuration says so, and no other.
os::Capabilities needed_capabilities(const config::Config::Listen& listen) {
  constexpr std::uint16_t kFirstFreePort = 1024;
  for (const auto* endpoints : {&listen.https, &listen.http, &listen.mqtts, &listen.mqtts_secret,
                                &listen.mqtts_certificate, &listen.mqtt_plain}) {
    for (const config::Endpoint& endpoint : *endpoints) {
      if (endpoint.port != 0 && endpoint.port < kFirstFreePort) return os::Capabilities::low_ports;
    }
  }
  return os::Capabilities::none;
}

Result<void> add_witness(os::SandboxPolicy& policy, const config::Config::Ledger& ledger) {
  const std::string folder = config::witness_folder(ledger);
  if (folder.empty()) return {};
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return fail(Errc::invalid_argument, "ledger.witness_file: the folder " + folder +
                                            " must exist, and be writable by the user that this "
                                            "process runs as");
  }
  policy.writable.push_back(folder);
  return {};
}

// Asked before the sandbox is: that would name the folder that is missing, and not the setting.
Result<void> check_readable(const std::string& setting, const std::string& file) {
  if (file.empty() || ::access(file.c_str(), R_OK) == 0) return {};
  return os::fail_with_errno(setting + ": open " + file);
}

// The vault's directory is not among the paths: it stays out of reach even under one user.
Result<void> confine(const config::Config& config, const telemetry::Log& log) {
  const std::string root = config.data.dir;
  os::SandboxPolicy policy;
  policy.readable = os::common_readable_paths();
  for (const std::string& folder : config::folders_of_named_files(config)) {
    policy.readable.push_back(folder);
  }
  for (const char* name : {"/hub", "/trust", "/run", "/admin"}) {
    policy.writable.push_back(root + name);
  }
  FASTNESS_RETURN_IF_ERROR(add_witness(policy, config.ledger));
  FASTNESS_RETURN_IF_ERROR(check_readable("sign_in.places", config.sign_in.places));
  FASTNESS_RETURN_IF_ERROR(check_readable("waf.rules_file", config.waf.rules_file));
  FASTNESS_RETURN_IF_ERROR(
      check_readable("accounts.breached_passwords", config.accounts.breached_passwords));
  if (config::calls_others(config)) {
    for (const std::string& path : os::name_service_paths()) policy.readable.push_back(path);
  }
  policy.system_calls = os::SystemCalls::hub;
  policy.capabilities = needed_capabilities(config.listen);
  if (!config.sandbox.require_landlock) policy.without_landlock = os::WithoutLandlock::go_on;
  FASTNESS_ASSIGN_OR_RETURN(const os::Confinement confinement, os::enter_sandbox(policy));
  FASTNESS_RETURN_IF_ERROR(
      os::assert_confined({confinement.landlock_abi == 0 ? "" : root + "/vault", false, false}));
  log.info("confined", {{"landlock_abi", confinement.landlock_abi}});
  return {};
}

// So many descriptors as this process may have.
Result<std::size_t> enough_descriptors() {
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t most, os::raise_descriptor_limit());
  if (most >= net::DescriptorBudget::kLeast) return most;
  return fail(Errc::exhausted, "only " + std::to_string(most) + " open files are allowed, and " +
                                   std::to_string(net::DescriptorBudget::kLeast) +
                                   " are needed: raise LimitNOFILE= of the service, or ulimit -Hn");
}

// Says what becomes of the vault, which this process outlives: without it, only what needs a key
// waits. If another one comes in its place this process ends, for its keys are not these data's.
class VaultWatch {
 public:
  VaultWatch(vault_ipc::Client& vault, net::EventLoop& control, const telemetry::Log& log)
      : vault_(vault) {
    using Event = vault_ipc::Client::Event;
    vault_.on_event([this, &control, &log](Event event) {
      if (event == Event::lost) log.warning("vault_lost");
      if (event == Event::back) log.info("vault_back");
      if (event != Event::another) return;
      log.error("another_vault");
      is_another_ = true;
      control.stop();
    });
  }
  ~VaultWatch() { vault_.on_event(nullptr); }
  VaultWatch(const VaultWatch&) = delete;
  VaultWatch& operator=(const VaultWatch&) = delete;

  // Fails once another vault came.
  [[nodiscard]] Result<void> verdict() const {
    if (!is_another_) return {};
    return fail(Errc::corrupted, "another vault came in the place of the one this began with");
  }

 private:
  vault_ipc::Client& vault_;
  std::atomic<bool> is_another_{false};
};

Result<void> run(config::ChildStart start, const telemetry::Log& log) {
  const config::Config& config = start.config;
  FASTNESS_RETURN_IF_ERROR(os::harden_process());
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t descriptors, enough_descriptors());
  FASTNESS_ASSIGN_OR_RETURN(const auto users, config::find_child_users(config.sandbox));
  if (users) FASTNESS_RETURN_IF_ERROR(os::become(users->hub, needed_capabilities(config.listen)));
  if (config::calls_others(config)) outgoing::prepare_resolver();
  FASTNESS_RETURN_IF_ERROR(confine(config, log));

  const SystemClock clock;
  FASTNESS_ASSIGN_OR_RETURN(auto socket, os::SeqpacketSocket::adopt(std::move(start.connections)));
  vault_ipc::Client vault(vault_ipc::connections_over(std::move(socket)), clock);
  FASTNESS_ASSIGN_OR_RETURN(vault_ipc::StartKeys keys, vault.take_start_keys());
  FASTNESS_ASSIGN_OR_RETURN(identity::ServerRoots roots, identity::ServerRoots::open(vault));
  FASTNESS_ASSIGN_OR_RETURN(ServerCredentials credentials,
                            make_server_credentials(config.server, vault));

  crypto::SystemRandom random;
  os::PosixFileSystem files;
  telemetry::Registry metrics;
  FASTNESS_ASSIGN_OR_RETURN(const http::Inspect inspect,
                            open_firewall(config.waf, clock, log, metrics));
  FASTNESS_ASSIGN_OR_RETURN(DataDirectory data, DataDirectory::open(files, config.data.dir));
  keys::VaultServices vault_keys(vault, random);
  FASTNESS_ASSIGN_OR_RETURN(Stores stores,
                            open_stores(data, config, files, keys, vault_keys, clock, random, log));
  net::EventLoop control("control");
  const VaultWatch watch(vault, control, log);
  Pools pools;
  FASTNESS_ASSIGN_OR_RETURN(
      Domains domains,
      open_domains({config, stores, vault, keys, pools,
                    [&control](std::function<void()> work) { control.post(std::move(work)); },
                    clock, random, log}));
  FASTNESS_ASSIGN_OR_RETURN(const bool was_upgraded, storage::finish_migrations(stores.database));
  if (was_upgraded)
    log.info("database_upgraded", {{"copy", data.database().string() + ".before-upgrade"}});

  FASTNESS_ASSIGN_OR_RETURN(const auto correspondence,
                            Correspondence::create({config, files, control, clock, random}));
  FASTNESS_ASSIGN_OR_RETURN(
      const auto witnesses,
      LedgerWitnesses::create({config, files, data, *correspondence, clock, log}));
  FASTNESS_ASSIGN_OR_RETURN(const auto alarms,
                            AlarmPosts::create({config, *correspondence, clock, log}));
  OwnerPosts owners({config, *correspondence, clock, log}, *domains.accounts);
  FASTNESS_ASSIGN_OR_RETURN(
      const auto providers,
      SignInProviders::create({config, files, *correspondence, control, clock}));
  AccountMail account_mail({config, *correspondence, clock, log}, *domains.accounts);

  FASTNESS_ASSIGN_OR_RETURN(
      const auto hub,
      Hub::create(
          {config,          files,      data,    stores, domains,      pools,           vault,
           roots,           control,    clock,   random, log,          metrics,         descriptors,
           *correspondence, *witnesses, *alarms, owners, account_mail, providers.get(), inspect},
          std::move(credentials)));
  FASTNESS_RETURN_IF_ERROR(hub->start());
  boost::asio::signal_set signals(control.context(), SIGTERM, SIGINT);
  signals.async_wait([&control](auto, int) { control.stop(); });
  FASTNESS_RETURN_IF_ERROR(start.report_ready());
  log.info("serving", {{"descriptors", descriptors}});
  control.run();

  log.info("stopping");
  hub->stop();
  return watch.verdict();
}

}  // namespace
}  // namespace fastness::hub

// What nobody catches is a mistake of ours, and ends it.
int main() {  // NOLINT(bugprone-exception-escape)
  auto start = fastness::config::ChildStart::inherit();
  if (!start) {
    std::fprintf(stderr, "fastness-hub: %s\n", start.error().message.c_str());
    return 2;
  }
  const auto log =
      fastness::telemetry::Log::to_stderr(start->config.log.format, start->config.log.level, "hub");
  const auto ended = fastness::hub::run(std::move(start).value(), log);
  if (ended) return EXIT_SUCCESS;
  log.error("ended", {{"why", ended.error().message}});
  return EXIT_FAILURE;
}
