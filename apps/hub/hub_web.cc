#include "base/fixed_limits.h"
#include "bind_each.h"
#include "config/child.h"
#include "config/load.h"
#include "configured_limits.h"
#include "console_assets.h"
#include "crypto/public_key/pem.h"
#include "hub.h"
#include "json/time_text.h"
#include "os/files/disk_space.h"

namespace fastness::hub {
namespace {

constexpr std::size_t kMaxTokenFile = fixed_limit("metrics.token_bytes") + 2;  // and a line's end

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
                            opened_.inspect, opened_.config.server.hsts_subdomains,
                            opened_.config.proxies.forwarded_for});
  const config::Config& config = opened_.config;
  const auto note = [this](const std::string& name, const Result<net::Endpoint>& bound) {
    if (bound) listeners_[name].push_back(net::to_text(*bound));
    return bound ? Result<void>() : Result<void>(Unexpected<Error>{bound.error()});
  };
  FASTNESS_RETURN_IF_ERROR(bind_each(config.listen.https, [&](const net::Endpoint& wanted) {
    return note("https",
                server_->listen_tls(wanted, accept_options(config), web_connections_, https_));
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

}  // namespace fastness::hub
