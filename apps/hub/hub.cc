#include "hub.h"

#include <future>
#include <thread>

#include "base/fixed_limits.h"
#include "config/child.h"
#include "config/load.h"
#include "configured_limits.h"
#include "console_assets.h"
#include "crypto/public_key/pem.h"
#include "device_services.h"
#include "identity_services.h"
#include "json/time_text.h"
#include "os/files/disk_space.h"
#include "pipeline/reading_record.h"
#include "restriction.h"
#include "switches.h"

namespace fastness::hub {
namespace {

using namespace std::chrono_literals;

// How long connections may take to finish what is under way when the hub stops.
constexpr auto kDrain = 10s;
constexpr std::size_t kMaxTokenFile = fixed_limit("metrics.token_bytes") + 2;  // and a line's end

std::size_t gateway_threads(std::int64_t configured) {
  if (configured > 0) return static_cast<std::size_t>(configured);
  return std::max(1U, std::thread::hardware_concurrency());
}

// Calls `bind` with each configured endpoint until one fails.
template <typename Bind>
Result<void> bind_each(const std::vector<config::Endpoint>& configured, const Bind& bind) {
  for (const config::Endpoint& each : configured) {
    FASTNESS_ASSIGN_OR_RETURN(const net::Endpoint endpoint, net::parse_endpoint(each.to_text()));
    FASTNESS_RETURN_IF_ERROR(bind(endpoint));
  }
  return {};
}

// The gateway's records as the journal's, with the readings that belong to them. A journal that
// takes none answers at once.
void append_records(Stores& stores, pipeline::Pipeline& pipeline,
                    std::vector<things::Reading> readings, std::vector<Bytes> payloads,
                    Durability durability,
                    const std::function<void(Result<gateway::LogPosition>)>& done) {
  std::vector<journal::Record> records;
  records.reserve(payloads.size());
  for (Bytes& payload : payloads) {
    records.push_back(
        {static_cast<std::uint8_t>(pipeline::RecordType::gateway), std::move(payload)});
  }
  if (!readings.empty()) {
    return pipeline.submit(std::move(readings), std::move(records), durability, done);
  }
  const std::size_t count = records.size();
  auto queued = stores.journal->append(std::move(records), durability,
                                       [done, count](const Result<journal::Position>& first) {
                                         done(first ? *first + count : first);
                                       });
  if (!queued) done(Unexpected<Error>{queued.error()});
}

// What the gateway has counted, in the words of the API.
std::vector<api::LimitReached> limits_reached(const gateway::Gateway& gateway,
                                              OrganisationId organisation) {
  std::vector<api::LimitReached> reached;
  for (const gateway::QuotaLedger::Row& row : gateway.limits_reached(organisation)) {
    reached.push_back({gateway::name_of(row.quota), row.device, row.count, row.first, row.last});
  }
  return reached;
}

Result<std::optional<http_server::MetricsToken>> read_metrics_token(
    const config::Config::Metrics& config) {
  std::optional<http_server::MetricsToken> token;
  if (config.token_file.empty()) return token;
  os::PosixFileSystem files;
  FASTNESS_ASSIGN_OR_RETURN(const Bytes text,
                            os::read_file(files, config.token_file, kMaxTokenFile));
  auto parsed = http_server::MetricsToken::parse(as_text(text));
  if (!parsed) {
    return fail(parsed.error().code, config.token_file + ": " + parsed.error().message);
  }
  token = *parsed;
  return token;
}

api::TrustAnchors trust_anchors(const vault_ipc::ServerAnchors& anchors,
                                const std::vector<std::string>& names) {
  return {crypto::to_pem(crypto::kCertificateLabel, anchors.active),
          crypto::to_pem(crypto::kCertificateLabel, anchors.standby),
          to_hex(crypto::sha256(anchors.active)),
          to_hex(crypto::sha256(anchors.standby)),
          names,
          anchors.number};
}

api::Parts::WriteTo write_to_owners(OwnerPosts& owners) {
  return [&owners](UserId user, const wording::Letter& letter,
                   const api::Parts::Delivered& delivered) {
    owners.write_to(user, letter, delivered);
  };
}

api::Parts::MailTo mail_by(Correspondence& correspondence) {
  return [&correspondence](const std::string& email, const wording::Written& letter,
                           const api::Parts::Delivered& delivered) {
    const auto to = outgoing::MailAddress::parse(email);
    if (!to) return delivered(Unexpected<Error>{to.error()});
    correspondence.mail(*to, letter, delivered);
  };
}

// The day was looked at when the configuration was read.
std::optional<api::SecurityContact> security_contact(const config::Config::Server& server) {
  if (server.security_contacts.empty()) return std::nullopt;
  const auto until = json::parse_time(server.security_contacts_until + "T00:00:00Z");
  return api::SecurityContact{server.security_contacts, until.value(), server.security_policy};
}

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

Result<std::shared_ptr<tls::ServerContext>> Hub::make_context(tls::ServerContext::Options options) {
  return tls::ServerContext::create(std::move(options), credentials_.credentials, opened_.clock,
                                    opened_.random);
}

// Devices renew their certificates here, so one is asked for. No browser bothers its user with
// that: it is told whose certificates, and has none of theirs (docs/decisions/0036).
Result<std::shared_ptr<tls::ServerContext>> Hub::make_https_context() {
  identity::Identity& identity = *opened_.domains.identity;
  tls::ServerContext::Options options;
  options.protocols = {"http/1.1"};
  options.acceptable_authorities = device_issuers(*identity.published().load());
  if (options.acceptable_authorities.empty()) {
    return fail(Errc::corrupted, "the vault has no device authority");
  }
  options.client_certificate = tls::ClientCertificate::request;
  options.admission = make_renewal_admission(identity, opened_.clock, post_to_control());
  return make_context(std::move(options));
}

Result<void> Hub::make_contexts() {
  const auto make_mqtt = [this](tls::ClientCertificate certificate) {
    tls::ServerContext::Options options;
    options.client_certificate = certificate;
    options.hand_over = opened_.config.tls.record_layer == config::RecordLayer::own;
    options.protocols = {"mqtt"};
    if (certificate != tls::ClientCertificate::none) {
      options.admission =
          make_admission(*opened_.domains.identity, opened_.clock, post_to_control());
    }
    return make_context(std::move(options));
  };
  FASTNESS_ASSIGN_OR_RETURN(https_, make_https_context());
  FASTNESS_ASSIGN_OR_RETURN(mqtts_, make_mqtt(tls::ClientCertificate::request));
  FASTNESS_ASSIGN_OR_RETURN(mqtts_secret_, make_mqtt(tls::ClientCertificate::none));
  FASTNESS_ASSIGN_OR_RETURN(mqtts_certificate_, make_mqtt(tls::ClientCertificate::require));
  contexts_ = {https_, mqtts_, mqtts_secret_, mqtts_certificate_};
  look_at_staples();
  return {};
}

// It speaks through the gateway, which is there by the time that a device listens.
void Hub::make_renewal_desk() {
  renewals_ = std::make_unique<renewals::RenewalDesk>(renewals::RenewalDesk::Parts{
      *opened_.domains.identity, opened_.clock, opened_.random,
      [this](const renewals::Caller& to, std::string_view word,
             const std::vector<std::string>& payloads) {
        std::vector<dialects::Outgoing> messages;
        messages.reserve(payloads.size());
        for (const std::string& payload : payloads) {
          messages.push_back(
              {gateway::renewal_topic(to.device, word), to_bytes(as_bytes(payload)), 0});
        }
        gateway_->send_renewal(to.organisation, to.connection, std::move(messages));
      },
      [this](const renewals::RenewalEvent& event) { note_renewal(event); }});
}

Result<void> Hub::make_gateway() {
  Domains& domains = opened_.domains;
  gateway::Services services;
  add_identity_services(services, *domains.identity, opened_.clock, post_to_control());
  add_device_services(services,
                      {*domains.devices, *domains.things, *domains.last_values, *domains.time_zones,
                       *domains.identity, *renewals_, opened_.clock},
                      opened_.log, post_to_control());
  services.authenticate_user = [this](gateway::Services::Attempt attempt, auto answer) {
    opened_.control.post([this, attempt = std::move(attempt), answer = std::move(answer)] {
      authenticate(attempt, answer);
    });
  };
  add_plaintext_service(services, domains.accounts->api_keys(), opened_.config.listen,
                        opened_.clock);
  restrict_services(services, *domains.restrictions);
  switch_services(services, *domains.switches);
  services.refused = [this, &domains](std::vector<pipeline::Refused> refused) {
    opened_.control.post(
        [&domains, refused = std::move(refused)] { domains.refusals->note(refused); });
  };
  services.append = [this, &domains](std::vector<things::Reading> readings,
                                     std::vector<Bytes> payloads, Durability durability,
                                     auto done) {
    append_records(opened_.stores, *domains.pipeline, std::move(readings), std::move(payloads),
                   durability, std::move(done));
  };

  const auto& listen = opened_.config.listen;
  const auto& kept = opened_.config.durability;
  if (!listen.mqtt_plain.empty()) {
    warn_of_plaintext(services, opened_.log);
    count_plaintext_as_use(services, domains.accounts->api_keys(), listen.mqtt_plain_api_key,
                           post_to_control());
  }

  gateway::Options options;
  using gateway::Proof;
  FASTNESS_RETURN_IF_ERROR(add_listeners(options, "mqtts", listen.mqtts,
                                         Proof::certificate_or_secret, kept.mqtts, mqtts_));
  FASTNESS_RETURN_IF_ERROR(add_listeners(options, "mqtts_secret", listen.mqtts_secret,
                                         Proof::secret, kept.mqtts_secret, mqtts_secret_));
  FASTNESS_RETURN_IF_ERROR(add_listeners(options, "mqtts_certificate", listen.mqtts_certificate,
                                         Proof::certificate, kept.mqtts_certificate,
                                         mqtts_certificate_));
  FASTNESS_RETURN_IF_ERROR(add_listeners(options, "mqtt_plain", listen.mqtt_plain, Proof::loopback,
                                         kept.mqtt_plain, nullptr));
  options.web_sockets = kept.websocket.value_or(kept.journal);
  options.durability = kept.journal;
  say_durability("websocket", options.web_sockets);
  options.threads = gateway_threads(opened_.config.gateway.threads);
  options.drain = std::chrono::seconds(opened_.config.gateway.drain_seconds);
  options.coalesce_window = opened_.config.gateway.coalesce_window;
  options.limits = gateway_limits(opened_.config.limits, descriptors_);
  FASTNESS_ASSIGN_OR_RETURN(
      gateway_,
      gateway::Gateway::create(std::move(options), std::move(services), opened_.clock,
                               opened_.random, opened_.log.named("gateway"), opened_.metrics));
  for (std::size_t i = 0; i < gateway_listeners_.size(); ++i) {
    listeners_[gateway_listeners_[i]].push_back(net::to_text(gateway_->endpoints()[i]));
  }
  return {};
}

Result<void> Hub::add_listeners(gateway::Options& options, const std::string& name,
                                const std::vector<config::Endpoint>& endpoints,
                                gateway::Proof proof, std::optional<Durability> durability,
                                const std::shared_ptr<tls::ServerContext>& context) {
  const Durability kept = durability.value_or(opened_.config.durability.journal);
  say_durability(name, kept);
  return bind_each(endpoints, [&](const net::Endpoint& endpoint) -> Result<void> {
    options.listeners.push_back({endpoint, proof, context, kept});
    gateway_listeners_.push_back(name);
    return {};
  });
}

// What an acknowledgement is worth, where people and benchmarks look for it.
void Hub::say_durability(const std::string& listener, Durability durability) {
  const std::string word(config::to_text(durability));
  opened_.log.info("durability",
                   {{"listener", listener},
                    {"acknowledged_after", word},
                    {"commit_window", config::to_text(opened_.config.durability.commit_window)}});
  opened_.metrics
      .gauge("fastness_gateway_listener_durability",
             "1 for the durability of what each listener acknowledges.",
             {{"listener", listener}, {"durability", word}})
      .set(1);
}

// What the host gives us, and what of it is left.
api::HostRoom Hub::host_room() const {
  const journal::Journal::Status journal = opened_.stores.journal->status();
  api::HostRoom room;
  if (journal.is_failing) {
    room.messages = journal.is_full ? api::HostRoom::Messages::refused_for_room
                                    : api::HostRoom::Messages::refused_for_fault;
  }
  room.is_history_waiting = opened_.domains.history->status().is_disk_full;
  if (const auto disk = os::disk_space(opened_.data.journal())) {
    room.disk_bytes = disk->bytes;
    room.free_bytes = disk->free_bytes;
  }
  room.connections = descriptors_->taken();
  room.most_connections = descriptors_->most(net::DescriptorBudget::For::devices);
  return room;
}

// The plaintext listener speaks for one organisation, and is no other's business.
api::Weaknesses Hub::weaknesses(OrganisationId organisation) const {
  const config::Config& config = opened_.config;
  const bool is_theirs = config.listen.mqtt_plain_organisation == organisation.value().to_text();
  std::map<std::string, Timestamp> silent = opened_.alarms.failing();
  if (const auto since = opened_.owners.failing_since(organisation)) {
    silent.emplace("alarms.tell_owners", *since);
  }
  return {!config.listen.mqtt_plain.empty() && is_theirs,
          config.vault.key == config::VaultKey::file, std::move(silent)};
}

void Hub::make_api() {
  Domains& domains = opened_.domains;
  api_ = std::make_unique<api::Api>(api::Parts{
      *domains.accounts,
      *domains.identity,
      opened_.roots,
      *domains.devices,
      *domains.things,
      *domains.last_values,
      *domains.history,
      *domains.pipeline,
      *domains.refusals,
      *domains.audit,
      *domains.restrictions,
      *domains.switches,
      *domains.incidents,
      *domains.letters,
      *domains.erasures,
      *domains.disposals,
      *domains.backups_made,
      opened_.clock,
      opened_.random,
      opened_.log.named("api"),
      post_to_control(),
      post_to(opened_.pools.seal),
      [this] { return trust_anchors(opened_.roots.anchors(), credentials_.names); },
      [this] {
        return api::Reach{listeners_, console_address(), console_elsewhere()};
      },
      [this](OrganisationId organisation) {
        const history::History& history = *opened_.domains.history;
        return api::StorageUse{history.stored_bytes(organisation), history.status().stored_bytes,
                               static_cast<std::uint64_t>(opened_.config.history.cap_bytes)};
      },
      [this] { return host_room(); },
      [this](OrganisationId organisation) { return limits_reached(*gateway_, organisation); },
      [this](OrganisationId organisation) { return weaknesses(organisation); },
      [this] { return opened_.vault.custody(); },
      *backup_,
      opened_.config.server.allowed_origins,
      security_contact(opened_.config.server),
      std::chrono::months(opened_.config.backups.retention_months),
      opened_.config.instance.environment,
      [&config = opened_.config] { return config::print_for_others(config); },
      config::mails_owners(opened_.config) ? write_to_owners(opened_.owners) : nullptr,
      config::sends_mail(opened_.config) ? mail_by(opened_.correspondence) : nullptr,
      opened_.providers});
}

Result<void> Hub::make_server() {
  FASTNESS_ASSIGN_OR_RETURN(const auto token, read_metrics_token(opened_.config.metrics));
  server_ = std::make_unique<http_server::Server>(
      web_, http_limits(opened_.config.limits),
      http_server::Services{[this](http::Request request, http::Responder respond) {
                              serve(std::move(request), std::move(respond));
                            },
                            opened_.control, console_assets(), [this] { return is_ready_.load(); },
                            [this] { return opened_.metrics.render(); }, token, opened_.clock,
                            opened_.random, opened_.log.named("http"), opened_.metrics,
                            opened_.inspect, opened_.config.server.hsts_subdomains});
  const config::Config& config = opened_.config;
  const auto note = [this](const std::string& name, const Result<net::Endpoint>& bound) {
    if (bound) listeners_[name].push_back(net::to_text(*bound));
    return bound ? Result<void>() : Result<void>(Unexpected<Error>{bound.error()});
  };
  FASTNESS_RETURN_IF_ERROR(bind_each(config.listen.https, [&](const net::Endpoint& wanted) {
    return note("https", server_->listen_tls(wanted, accept_options(config.limits),
                                             web_connections_, https_));
  }));
  FASTNESS_RETURN_IF_ERROR(bind_each(config.listen.http, [&](const net::Endpoint& wanted) {
    return note("http", server_->listen_loopback(wanted, web_connections_));
  }));
  return server_->listen_admin(opened_.data.admin_socket().string());
}

void Hub::serve(http::Request request, http::Responder respond) {
  if (request.path == "/mqtt") return serve_mqtt(request, std::move(respond));
  api_->handle(std::move(request), std::move(respond));
}

// MQTT over WebSocket: whoever comes proves who they are in CONNECT, as on every other listener.
void Hub::serve_mqtt(const http::Request& request, http::Responder respond) {
  if (request.peer.channel == http::Channel::admin || !request.wants_socket("mqtt")) {
    return respond(http::Response::text(http::Status::bad_request,
                                        "This address speaks MQTT over a WebSocket of the "
                                        "subprotocol \"mqtt\".\n"));
  }
  http::Response response = http::Response::empty(http::Status::switching_protocols);
  response.upgrade = http::SocketUpgrade{
      http::SocketUpgrade::Kind::binary, "mqtt",
      static_cast<std::size_t>(opened_.config.limits.websocket_message_bytes),
      [this, remote = request.peer.address](std::shared_ptr<http::WebSocket> socket) {
        gateway_->adopt(std::move(socket), remote, "WebSocket");
      }};
  respond(std::move(response));
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
