#include "hub.h"

#include <future>
#include <thread>

#include "base/fixed_limits.h"
#include "configured_limits.h"
#include "console_assets.h"
#include "crypto/public_key/pem.h"
#include "device_services.h"
#include "identity_services.h"
#include "pipeline/reading_record.h"

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

// The gateway's records as the journal's. A journal that takes none answers at once.
void append_records(journal::Journal& journal, std::vector<Bytes> payloads,
                    const std::function<void(Result<gateway::LogPosition>)>& done) {
  std::vector<journal::Record> records;
  records.reserve(payloads.size());
  for (Bytes& payload : payloads) {
    records.push_back(
        {static_cast<std::uint8_t>(pipeline::RecordType::gateway), std::move(payload)});
  }
  auto queued = journal.append(std::move(records), done);
  if (!queued) done(Unexpected<Error>{queued.error()});
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
          to_hex(crypto::sha256(anchors.active)), to_hex(crypto::sha256(anchors.standby)), names};
}

}  // namespace

Hub::Hub(const Opened& opened, ServerCredentials credentials)
    : opened_(opened),
      credentials_(std::move(credentials)),
      web_connections_(net::ConnectionLimits::create(connection_limits(opened.config.limits))),
      sessions_(
          std::make_unique<gateway::SessionStore>(*opened.stores.values, *opened.stores.keys)) {}

Hub::~Hub() = default;

Result<std::unique_ptr<Hub>> Hub::create(const Opened& opened, ServerCredentials credentials) {
  std::unique_ptr<Hub> hub(new Hub(opened, std::move(credentials)));
  FASTNESS_RETURN_IF_ERROR(hub->make_contexts());
  FASTNESS_RETURN_IF_ERROR(hub->make_gateway());
  hub->make_api();
  FASTNESS_RETURN_IF_ERROR(hub->make_server());
  hub->connect_domains();
  return hub;
}

Post Hub::post_to_control() const {
  return
      [&control = opened_.control](std::function<void()> work) { control.post(std::move(work)); };
}

Result<void> Hub::make_contexts() {
  const auto make = [this](tls::ClientCertificate certificate, std::string protocol) {
    tls::ServerContext::Options options;
    options.client_certificate = certificate;
    options.hand_over =
        protocol == "mqtt" && opened_.config.tls.record_layer == config::RecordLayer::own;
    options.protocols = {std::move(protocol)};
    if (certificate != tls::ClientCertificate::none) {
      options.admission =
          make_admission(*opened_.domains.identity, opened_.clock, post_to_control());
    }
    return tls::ServerContext::create(std::move(options), credentials_.credentials, opened_.clock,
                                      opened_.random);
  };
  FASTNESS_ASSIGN_OR_RETURN(https_, make(tls::ClientCertificate::none, "http/1.1"));
  FASTNESS_ASSIGN_OR_RETURN(mqtts_, make(tls::ClientCertificate::request, "mqtt"));
  FASTNESS_ASSIGN_OR_RETURN(mqtts_secret_, make(tls::ClientCertificate::none, "mqtt"));
  FASTNESS_ASSIGN_OR_RETURN(mqtts_certificate_, make(tls::ClientCertificate::require, "mqtt"));
  contexts_ = {https_, mqtts_, mqtts_secret_, mqtts_certificate_};
  return {};
}

Result<void> Hub::make_gateway() {
  Domains& domains = opened_.domains;
  gateway::Services services;
  add_identity_services(services, *domains.identity, opened_.clock);
  add_device_services(services,
                      {*domains.devices, *domains.things, *domains.last_values, *domains.time_zones,
                       *domains.identity, opened_.clock},
                      opened_.log, post_to_control());
  services.authenticate_user = [this](std::string user, std::string token, auto answer) {
    opened_.control.post([this, user = std::move(user), token = std::move(token),
                          answer = std::move(answer)] { authenticate(user, token, answer); });
  };
  services.submit = [&domains](std::vector<things::Reading> readings,
                               std::function<void(Result<void>)> done) {
    domains.pipeline->submit(std::move(readings), std::move(done));
  };
  services.refused = [this, &domains](std::vector<pipeline::Refused> refused) {
    opened_.control.post(
        [&domains, refused = std::move(refused)] { domains.refusals->note(refused); });
  };
  services.append = [this](std::vector<Bytes> payloads, auto done) {
    append_records(*opened_.stores.journal, std::move(payloads), std::move(done));
  };

  gateway::Options options;
  const auto& listen = opened_.config.listen;
  using gateway::Proof;
  FASTNESS_RETURN_IF_ERROR(
      add_listeners(options, "mqtts", listen.mqtts, Proof::certificate_or_secret, mqtts_));
  FASTNESS_RETURN_IF_ERROR(
      add_listeners(options, "mqtts_secret", listen.mqtts_secret, Proof::secret, mqtts_secret_));
  FASTNESS_RETURN_IF_ERROR(add_listeners(options, "mqtts_certificate", listen.mqtts_certificate,
                                         Proof::certificate, mqtts_certificate_));
  options.threads = gateway_threads(opened_.config.gateway.threads);
  options.limits = gateway_limits(opened_.config.limits);
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
                                gateway::Proof proof,
                                const std::shared_ptr<tls::ServerContext>& context) {
  return bind_each(endpoints, [&](const net::Endpoint& endpoint) -> Result<void> {
    options.listeners.push_back({endpoint, proof, context});
    gateway_listeners_.push_back(name);
    return {};
  });
}

void Hub::make_api() {
  Domains& domains = opened_.domains;
  api_ = std::make_unique<api::Api>(api::Parts{
      *domains.accounts, *domains.identity, *domains.devices, *domains.things, *domains.last_values,
      *domains.history, *domains.pipeline, *domains.refusals, *domains.audit, opened_.clock,
      opened_.random, opened_.log.named("api"), post_to_control(), post_to(opened_.pools.seal),
      [this] { return trust_anchors(opened_.anchors, credentials_.names); },
      [this] {
        return api::Reach{listeners_, console_address()};
      },
      [this](OrganisationId organisation) {
        const history::History& history = *opened_.domains.history;
        const auto all = history.status();
        return api::StorageUse{history.stored_bytes(organisation), all.stored_bytes,
                               static_cast<std::uint64_t>(opened_.config.history.cap_bytes),
                               all.is_disk_full};
      },
      opened_.config.server.allowed_origins});
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
                            opened_.random, opened_.log.named("http"), opened_.metrics});
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

Result<void> Hub::start() {
  FASTNESS_RETURN_IF_ERROR(replay());
  FASTNESS_RETURN_IF_ERROR(offer_setup_link());
  FASTNESS_RETURN_IF_ERROR(
      opened_.data.write_anchors(opened_.anchors.active, opened_.anchors.standby));
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
  sign_audit_trail();
  if (const auto finished = opened_.domains.pipeline->finish(); !finished) {
    opened_.log.warning("not_everything_checkpointed", {{"error", finished.error().message}});
  }
  opened_.stores.journal->stop();
}

}  // namespace fastness::hub
