// The table. A new key is a member of Config and a row here.
#include <algorithm>
#include <concepts>
#include <limits>

#include "config/setting.h"

namespace fastness::config {

namespace {

using telemetry::LogFormat;
using telemetry::LogLevel;

template <typename Enum>
struct Choice {
  std::string_view name;
  Enum value;
};

constexpr Choice<LogFormat> kLogFormats[] = {{"text", LogFormat::text}, {"json", LogFormat::json}};
constexpr Choice<LogLevel> kLogLevels[] = {{"debug", LogLevel::debug},
                                           {"info", LogLevel::info},
                                           {"warning", LogLevel::warning},
                                           {"error", LogLevel::error}};
constexpr Choice<Durability> kDurabilities[] = {
    {"fsync", Durability::fsync}, {"os", Durability::os}, {"none", Durability::none}};
constexpr Choice<std::optional<Durability>> kListenerDurabilities[] = {{"journal", std::nullopt},
                                                                       {"fsync", Durability::fsync},
                                                                       {"os", Durability::os},
                                                                       {"none", Durability::none}};
constexpr Choice<RecordLayer> kRecordLayers[] = {{"openssl", RecordLayer::openssl},
                                                 {"own", RecordLayer::own}};
constexpr Choice<OnForgery> kForgeryResponses[] = {{"alarm", OnForgery::alarm},
                                                   {"rotate", OnForgery::rotate}};
constexpr Choice<OnSecondRenewal> kSecondRenewalResponses[] = {
    {"alarm", OnSecondRenewal::alarm}, {"quarantine", OnSecondRenewal::quarantine}};
constexpr Choice<VaultKey> kVaultKeys[] = {{"file", VaultKey::file},
                                           {"passphrase", VaultKey::passphrase}};
constexpr Choice<VaultKeys> kVaultKeyPlaces[] = {{"sealed", VaultKeys::sealed},
                                                 {"token", VaultKeys::token}};

}  // namespace

std::string_view to_text(Durability durability) {
  return std::ranges::find(kDurabilities, durability, &Choice<Durability>::value)->name;
}

namespace {

Unexpected<Error> mistake(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

template <typename T>
Result<void> assign_same(T& member, const RawValue& value, std::string_view expected) {
  const T* same = std::get_if<T>(&value);
  if (same == nullptr) return mistake("expects " + std::string(expected));
  member = *same;
  return {};
}

Result<void> assign_integer(std::int64_t& member, const RawValue& value, std::int64_t least,
                            std::int64_t most) {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return mistake("expects a whole number");
  if (*number < least || *number > most) {
    return mistake("must be from " + std::to_string(least) + " to " + std::to_string(most));
  }
  member = *number;
  return {};
}

Result<void> assign_endpoints(std::vector<Endpoint>& member, const RawValue& value) {
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (texts == nullptr) return mistake("expects a list of \"address:port\"");
  std::vector<Endpoint> endpoints;
  for (const std::string& text : *texts) {
    FASTNESS_ASSIGN_OR_RETURN(Endpoint endpoint, Endpoint::parse(text));
    endpoints.push_back(std::move(endpoint));
  }
  member = std::move(endpoints);
  return {};
}

// As browsers spell the origin of a page (RFC 6454, 6.2), so that it can be compared as text.
bool is_origin(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view host = text.substr(scheme.size());
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    return !host.empty() && host.find_first_not_of(kAllowed) == std::string_view::npos;
  }
  return false;
}

Result<void> assign_origins(std::vector<std::string>& member, const RawValue& value) {
  const auto* texts = std::get_if<std::vector<std::string>>(&value);
  if (texts == nullptr || !std::ranges::all_of(*texts, is_origin)) {
    return mistake("expects a list of origins as \"https://app.example\": no path, no *");
  }
  member = *texts;
  return {};
}

Result<void> assign_duration(std::chrono::microseconds& member, const RawValue& value,
                             std::int64_t most) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return mistake("expects a duration such as \"2ms\" or \"0\"");
  FASTNESS_ASSIGN_OR_RETURN(const std::chrono::microseconds duration, parse_duration(*text));
  if (duration.count() > most) {
    return mistake("must be at most " + to_text(std::chrono::microseconds{most}));
  }
  member = duration;
  return {};
}

RawValue to_raw(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> texts;
  texts.reserve(endpoints.size());
  for (const Endpoint& endpoint : endpoints) texts.push_back(endpoint.to_text());
  return texts;
}

Setting row(std::string_view name, Kind kind, std::string_view help) {
  return {name, kind, 0, 0, {}, help, nullptr, nullptr};
}

template <typename Access>
Setting number(std::string_view name, Access access, Kind kind, std::int64_t least,
               std::int64_t most, std::string_view help) {
  Setting setting = row(name, kind, help);
  setting.least = least;
  setting.most = most;
  setting.set = [access, least, most](Config& config, const RawValue& value) {
    return assign_integer(access(config), value, least, most);
  };
  setting.get = [access](const Config& config) { return RawValue(access(config)); };
  return setting;
}

template <typename Access>
Setting integer(std::string_view name, Access access, std::int64_t least, std::int64_t most,
                std::string_view help) {
  return number(name, access, Kind::integer, least, most, help);
}

template <typename Access>
Setting bytes(std::string_view name, Access access, std::int64_t least, std::int64_t most,
              std::string_view help) {
  return number(name, access, Kind::bytes, least, most, help);
}

template <typename Access>
Setting duration(std::string_view name, Access access, std::chrono::microseconds most,
                 std::string_view help) {
  Setting setting = row(name, Kind::duration, help);
  setting.most = most.count();
  setting.set = [access, most](Config& config, const RawValue& value) {
    return assign_duration(access(config), value, most.count());
  };
  setting.get = [access](const Config& config) { return RawValue(to_text(access(config))); };
  return setting;
}

template <typename T, typename Access>
Setting same(std::string_view name, Access access, Kind kind, std::string_view expected,
             std::string_view help) {
  Setting setting = row(name, kind, help);
  setting.set = [access, expected](Config& config, const RawValue& value) {
    return assign_same<T>(access(config), value, expected);
  };
  setting.get = [access](const Config& config) { return RawValue(access(config)); };
  return setting;
}

template <typename Access>
Setting boolean(std::string_view name, Access access, std::string_view help) {
  return same<bool>(name, access, Kind::boolean, "true or false", help);
}

template <typename Access>
Setting text(std::string_view name, Access access, std::string_view help) {
  return same<std::string>(name, access, Kind::text, "a text", help);
}

template <typename Access>
Setting path(std::string_view name, Access access, std::string_view help) {
  return same<std::string>(name, access, Kind::path, "a path", help);
}

template <typename Access>
Setting texts(std::string_view name, Access access, std::string_view help) {
  return same<std::vector<std::string>>(name, access, Kind::texts, "a list of texts", help);
}

template <typename Access>
Setting origins(std::string_view name, Access access, std::string_view help) {
  Setting setting = row(name, Kind::texts, help);
  setting.set = [access](Config& config, const RawValue& value) {
    return assign_origins(access(config), value);
  };
  setting.get = [access](const Config& config) { return RawValue(access(config)); };
  return setting;
}

template <typename Access>
Setting endpoints(std::string_view name, Access access, std::string_view help) {
  Setting setting = row(name, Kind::endpoints, help);
  setting.set = [access](Config& config, const RawValue& value) {
    return assign_endpoints(access(config), value);
  };
  setting.get = [access](const Config& config) { return to_raw(access(config)); };
  return setting;
}

template <typename Enum, std::size_t kCount, typename Access>
Setting choice(std::string_view name, Access access, const Choice<Enum> (&choices)[kCount],
               std::string_view help) {
  Setting setting = row(name, Kind::choice, help);
  for (const Choice<Enum>& each : choices) setting.choices.push_back(each.name);
  setting.set = [access, &choices](Config& config, const RawValue& value) -> Result<void> {
    const auto* wanted = std::get_if<std::string>(&value);
    const auto* found = std::ranges::find_if(
        choices, [&](const auto& each) { return wanted != nullptr && each.name == *wanted; });
    if (found == std::end(choices)) {
      std::string message = "must be one of";
      for (const auto& each : choices) message.append(" ").append(each.name);
      return mistake(message);
    }
    access(config) = found->value;
    return {};
  };
  setting.get = [access, &choices](const Config& config) {
    const auto* found = std::ranges::find(choices, access(config), &Choice<Enum>::value);
    return RawValue(std::string(found->name));
  };
  return setting;
}

// The name of a setting and the way to its member, from one spelling, so that they cannot differ.
#define FASTNESS_SETTING(member)       \
#member, [](auto& config) -> auto& { \
    return config.member;              \
  }

constexpr std::int64_t kKiB = std::int64_t{1} << 10U;
constexpr std::int64_t kMiB = std::int64_t{1} << 20U;
constexpr std::int64_t kGiB = std::int64_t{1} << 30U;
constexpr std::int64_t kDay = std::int64_t{24} * 3'600;

void add_instance(std::vector<Setting>& table) {
  table.push_back(path(FASTNESS_SETTING(data.dir),
                       "Where everything is kept; made with mode 0700 at the first start."));
  table.push_back(endpoints(FASTNESS_SETTING(listen.https),
                            "Console, REST, live updates and MQTT over WebSocket."));
  table.push_back(endpoints(FASTNESS_SETTING(listen.http),
                            "The console without TLS, for a browser on this machine: loopback "
                            "addresses only. Browsers give passkeys and Web Serial to "
                            "http://localhost."));
  table.push_back(endpoints(FASTNESS_SETTING(listen.mqtts),
                            "MQTT over TLS with a client certificate or a secret key."));
  table.push_back(
      endpoints(FASTNESS_SETTING(listen.mqtts_secret), "MQTT over TLS with a secret key."));
  table.push_back(endpoints(FASTNESS_SETTING(listen.mqtts_certificate),
                            "MQTT over TLS with a client certificate, which is required."));
  table.push_back(endpoints(FASTNESS_SETTING(listen.mqtt_plain),
                            "MQTT without TLS, for test suites and debugging on this machine: "
                            "loopback addresses only. Every program and user of this machine who "
                            "reaches it acts with the API key below, and proves nothing."));
  table.push_back(text(FASTNESS_SETTING(listen.mqtt_plain_organisation),
                       "The id of the one organisation that `listen.mqtt_plain` serves."));
  table.push_back(text(FASTNESS_SETTING(listen.mqtt_plain_api_key),
                       "The client id of an API key of that organisation, whose scopes bound what "
                       "clients of `listen.mqtt_plain` may do; revoking it ends them."));
  table.push_back(texts(FASTNESS_SETTING(server.names),
                        "Host names and addresses that the server certificate covers, beside "
                        "localhost and the loopback addresses. Empty: this machine's name."));
  table.push_back(
      origins(FASTNESS_SETTING(server.allowed_origins),
              "Origins of web pages elsewhere, as https://app.example, whose scripts may "
              "call /iot with a token. Empty: none."));
  table.push_back(path(FASTNESS_SETTING(server.certificate_file),
                       "A PEM chain from another authority, instead of our own; reloaded when it "
                       "changes."));
  table.push_back(path(FASTNESS_SETTING(server.key_file), "The key of that certificate, PEM."));
  table.push_back(
      boolean(FASTNESS_SETTING(server.rsa),
              "An RSA-2048 certificate of our own beside the ECDSA one, for boards that "
              "need RSA."));
  table.push_back(path(FASTNESS_SETTING(server.rsa_certificate_file),
                       "A PEM chain with an RSA-2048 key from another authority, instead."));
  table.push_back(path(FASTNESS_SETTING(server.rsa_key_file), "The key of that one, PEM."));
}

void add_protection(std::vector<Setting>& table) {
  table.push_back(choice(FASTNESS_SETTING(tls.record_layer), kRecordLayers,
                         "Who encrypts an MQTT connection once OpenSSL has made its handshake: "
                         "our own layer, which needs a fraction of the memory, or OpenSSL."));
  table.push_back(choice(FASTNESS_SETTING(vault.key), kVaultKeys,
                         "Where the root key comes from: a file in the vault's own directory, or a "
                         "passphrase that is asked "
                         "for at the terminal or read from --passphrase-fd."));
  table.push_back(choice(FASTNESS_SETTING(vault.keys), kVaultKeyPlaces,
                         "Where the certificate authorities' keys are made and stay: in sealed "
                         "files of the vault, or in a PKCS#11 token (HSM, smart card, TPM), which "
                         "no copy of this machine's disk contains. An instance that has keys goes "
                         "over to a token by fastness host vault migrate."));
  table.push_back(path(FASTNESS_SETTING(vault.token_module),
                       "The token's PKCS#11 module, a library by its whole path. It runs inside "
                       "the vault with all its rights."));
  table.push_back(text(FASTNESS_SETTING(vault.token_label),
                       "The token's label. Its user PIN is read once, from --token-pin-fd, and "
                       "kept sealed."));
  table.push_back(texts(FASTNESS_SETTING(vault.token_paths),
                        "Files and directories that the module must read and write, such as where "
                        "it keeps its tokens, and devices such as /dev/tpmrm0."));
  table.push_back(texts(FASTNESS_SETTING(vault.token_environment),
                        "Variables that the module wants, as \"NAME=VALUE\"; the vault's "
                        "environment is empty otherwise. Nothing secret."));
  table.push_back(choice(FASTNESS_SETTING(identity.on_forgery), kForgeryResponses,
                         "What happens by itself when a certificate is used that a key of ours "
                         "signed and nobody issued, which is always refused and told: nothing "
                         "more, or an emergency rotation, once for each generation. Boards in the "
                         "ledger go on; other devices renew by their own keys."));
  table.push_back(choice(FASTNESS_SETTING(identity.on_second_renewal), kSecondRenewalResponses,
                         "What happens by itself when two requests renew one certificate within "
                         "ten minutes, so that two may hold its key: the second is refused and "
                         "told, or the device is quarantined too, until its owner lets it in "
                         "again."));
  table.push_back(boolean(FASTNESS_SETTING(sandbox.require_landlock),
                          "Refuse to start on a kernel without Landlock. Set to false, processes "
                          "of one user can reach each other's files; use dedicated users then."));
  table.push_back(text(FASTNESS_SETTING(sandbox.vault_user),
                       "The user the vault becomes when started by root, if it exists."));
  table.push_back(text(FASTNESS_SETTING(sandbox.hub_user),
                       "The user the hub becomes when started by root, if it exists."));
}

void add_durability(std::vector<Setting>& table) {
  table.push_back(choice(FASTNESS_SETTING(durability.journal), kDurabilities,
                         "What an acknowledged message has reached: fsync, the disk, so that it "
                         "survives a power cut; os, the kernel, so that it survives the end of the "
                         "process; none, memory. Holds for the REST API and for every listener "
                         "below that says \"journal\"."));
  const std::string_view help = "The same for messages that came by this listener.";
  table.push_back(choice(FASTNESS_SETTING(durability.mqtts), kListenerDurabilities, help));
  table.push_back(choice(FASTNESS_SETTING(durability.mqtts_secret), kListenerDurabilities, help));
  table.push_back(
      choice(FASTNESS_SETTING(durability.mqtts_certificate), kListenerDurabilities, help));
  table.push_back(choice(FASTNESS_SETTING(durability.mqtt_plain), kListenerDurabilities, help));
  table.push_back(choice(FASTNESS_SETTING(durability.websocket), kListenerDurabilities,
                         "The same for MQTT over WebSocket."));
  table.push_back(
      duration(FASTNESS_SETTING(durability.commit_window), std::chrono::seconds{1},
               "How long a message waits for others to share its fdatasync with. 0 "
               "writes as soon as the disk is free: least latency. \"2ms\" saves "
               "processor time where messages come steadily, a few thousand a second."));
}

void add_outgoing(std::vector<Setting>& table) {
  table.push_back(texts(FASTNESS_SETTING(outgoing.allow),
                        "Addresses that are not public and that this server may call all the same, "
                        "such as \"10.0.0.5\" or \"fd00::/8\". Others of this machine and its "
                        "network are refused, whatever name leads there."));
  table.push_back(path(FASTNESS_SETTING(outgoing.anchors_file),
                       "A PEM file with the authorities that those we call are verified by. Empty: "
                       "the system's."));
  table.push_back(text(FASTNESS_SETTING(mail.server),
                       "Where mail is handed in: \"smtps://host:465\", or \"smtp://host:587\", "
                       "which must speak STARTTLS. Empty: no mail is sent."));
  table.push_back(text(FASTNESS_SETTING(mail.from), "The address that mail comes from."));
  table.push_back(
      text(FASTNESS_SETTING(mail.user), "Who logs in to the mail server. Empty: nobody."));
  table.push_back(
      path(FASTNESS_SETTING(mail.password_file), "A file with that user's password, mode 0600."));
}

void add_operation(std::vector<Setting>& table) {
  table.push_back(choice(FASTNESS_SETTING(log.format), kLogFormats,
                         "Lines on standard error: key=value, or JSON."));
  table.push_back(choice(FASTNESS_SETTING(log.level), kLogLevels, "The least that is logged."));
  table.push_back(path(FASTNESS_SETTING(metrics.token_file),
                       "A file with the bearer token that /metrics asks for. Empty: /metrics "
                       "answers on loopback only."));
  add_durability(table);
  table.push_back(
      path(FASTNESS_SETTING(ledger.witness_file),
           "Where to put the newest signed checkpoint of the ledger, in a folder of its "
           "own outside data.dir, to be copied off this host; every one before is in "
           "FILE.history. Empty: nowhere. See docs/ledger.md."));
  table.push_back(text(FASTNESS_SETTING(ledger.witness_url),
                       "An https:// URL that each new checkpoint is POSTed to, as text; any answer "
                       "of 2xx takes it. Nothing secret: the checkpoint is signed, and whoever "
                       "takes it verifies that. Empty: none."));
  table.push_back(text(FASTNESS_SETTING(ledger.witness_mail),
                       "A mail address that each new checkpoint is sent to, by the section mail. "
                       "Empty: none."));
  table.push_back(integer(FASTNESS_SETTING(ledger.witness_minutes), 1, 10'080,
                          "How often at most, and only while the ledger grows."));
  add_outgoing(table);
  table.push_back(integer(FASTNESS_SETTING(history.retention_days), 0, 36'500,
                          "How long values are kept; 0 keeps them for ever."));
  table.push_back(bytes(FASTNESS_SETTING(history.cap_bytes), 16 * kMiB, 1'024 * 1'024 * kGiB,
                        "What history may take on disk; the oldest goes first."));
  table.push_back(integer(FASTNESS_SETTING(gateway.threads), 0, 256,
                          "Event loops for device connections; 0 makes one a core."));
  table.push_back(integer(FASTNESS_SETTING(gateway.drain_seconds), 0, 300,
                          "Over how long an ending server spreads its goodbyes, at most; a few "
                          "clients take less. MQTT 5.0 clients are told when to come back."));
  table.push_back(
      duration(FASTNESS_SETTING(gateway.coalesce_window), std::chrono::milliseconds{100},
               "How long a busy event loop, of a thousand turns a second, lets messages gather, so "
               "that one waking serves many. Costs each of them as much latency at most, and is "
               "left off where it would slow clients down that wait for answers. 0 never waits."));
}

void add_connection_limits(std::vector<Setting>& table) {
  table.push_back(integer(FASTNESS_SETTING(limits.connections), 1, 10'000'000,
                          "Open connections, over all listeners; fewer if the system allows "
                          "fewer open files."));
  table.push_back(integer(FASTNESS_SETTING(limits.connections_per_address), 1, 10'000'000,
                          "Open connections from one IPv4 address or IPv6 /64. MQTT clients "
                          "count until CONNECT has let them in."));
  table.push_back(integer(FASTNESS_SETTING(limits.address_connects_per_second), 1, 1'000'000,
                          "New connections a second from one address, in the long run."));
  table.push_back(integer(FASTNESS_SETTING(limits.address_connect_burst), 1, 10'000'000,
                          "New connections of one address at once, before that pace holds."));
  table.push_back(integer(FASTNESS_SETTING(limits.accepts_per_second), 1, 1'000'000,
                          "New connections a second, each listener and loop."));
  table.push_back(integer(FASTNESS_SETTING(limits.accept_burst), 1, 1'000'000,
                          "New connections at once, before that pace holds."));
  table.push_back(integer(FASTNESS_SETTING(limits.handshake_seconds), 1, 600,
                          "For a TLS handshake; secure elements take seconds."));
  table.push_back(integer(FASTNESS_SETTING(limits.connect_seconds), 1, 600,
                          "From the handshake to MQTT CONNECT."));
}

void add_mqtt_limits(std::vector<Setting>& table) {
  table.push_back(bytes(FASTNESS_SETTING(limits.mqtt_packet_bytes), kKiB, 256 * kMiB,
                        "One MQTT packet, with its header."));
  table.push_back(bytes(FASTNESS_SETTING(limits.mqtt_connect_bytes), kKiB, 256 * kMiB,
                        "A CONNECT packet: whoever sends it is still a stranger."));
  table.push_back(
      integer(FASTNESS_SETTING(limits.mqtt_packet_seconds), 1, 3'600,
              "For a packet that has begun, or a message on a WebSocket, to arrive whole."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_keep_alive_seconds), 10, 65'535,
                          "The longest keep-alive, and that of clients who ask for none."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_receive_maximum), 1, 65'535,
                          "QoS 1 and 2 messages that an MQTT 5.0 client may have unanswered."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_unanswered), 1, 65'535,
                          "The same for MQTT 3.1.1 clients, who are told of no window."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_topic_aliases), 0, 65'535,
                          "Topic aliases of one connection."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_in_flight), 1, 65'535,
                          "Messages sent to a client that it has not acknowledged."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_queued_messages), 0, 1'000'000,
                          "Messages waiting for one session."));
  table.push_back(
      bytes(FASTNESS_SETTING(limits.mqtt_queued_bytes), 0, kGiB, "What they take together."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_subscriptions), 1, 100'000,
                          "Subscriptions of one session."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_session_expiry_seconds), 0, 3'650 * kDay,
                          "How long a session outlives its connection at most."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_messages_per_second), 1, 1'000'000,
                          "Messages from one connection in the long run; more are read later."));
  table.push_back(integer(FASTNESS_SETTING(limits.mqtt_message_burst), 1, 1'000'000,
                          "Messages from one connection at once, before that pace holds."));
  table.push_back(bytes(FASTNESS_SETTING(limits.mqtt_bytes_per_second), kKiB, kGiB,
                        "Bytes of messages from one connection in the long run, and at once; more "
                        "are read later."));
  table.push_back(integer(FASTNESS_SETTING(limits.device_connects_per_second), 1, 1'000'000,
                          "CONNECT packets a second of one device or person in the long run."));
  table.push_back(integer(FASTNESS_SETTING(limits.device_connect_burst), 1, 1'000'000,
                          "CONNECT packets of one at once, before that pace holds."));
  table.push_back(integer(FASTNESS_SETTING(limits.device_retained_messages), 0, 100'000'000,
                          "Retained messages that one device or person has set."));
  table.push_back(integer(FASTNESS_SETTING(limits.retained_messages), 0, 100'000'000,
                          "Retained messages of one organisation."));
  table.push_back(
      bytes(FASTNESS_SETTING(limits.retained_bytes), 0, 1'024 * kGiB, "What they take together."));
}

void add_organisation_limits(std::vector<Setting>& table) {
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_connections), 1, 10'000'000,
                          "MQTT connections of one organisation."));
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_connects_per_second), 1, 1'000'000,
                          "CONNECT packets a second of one organisation in the long run."));
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_connect_burst), 1, 10'000'000,
                          "CONNECT packets of one organisation at once, before that pace holds."));
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_sessions), 1, 10'000'000,
                          "MQTT sessions of one organisation, connected or kept."));
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_subscriptions), 1, 1'000'000'000,
                          "Subscriptions of one organisation."));
  table.push_back(bytes(FASTNESS_SETTING(limits.organisation_queued_bytes), 0, 1'024 * kGiB,
                        "Messages waiting for all sessions of one organisation."));
  table.push_back(integer(FASTNESS_SETTING(limits.organisation_messages_per_second), 1, 100'000'000,
                          "Messages from one organisation in the long run; more are read later."));
  table.push_back(bytes(FASTNESS_SETTING(limits.organisation_bytes_per_second), kKiB, 1'024 * kGiB,
                        "Bytes of messages from one organisation in the long run; more are read "
                        "later."));
}

void add_http_limits(std::vector<Setting>& table) {
  table.push_back(
      bytes(FASTNESS_SETTING(limits.http_header_bytes), kKiB, kMiB, "The header of a request."));
  table.push_back(
      bytes(FASTNESS_SETTING(limits.http_body_bytes), kKiB, kGiB, "The body of a request."));
  table.push_back(integer(FASTNESS_SETTING(limits.http_request_seconds), 1, 3'600,
                          "For a request to arrive whole."));
  table.push_back(integer(FASTNESS_SETTING(limits.http_idle_seconds), 1, 3'600,
                          "Between two requests on one connection."));
  table.push_back(integer(FASTNESS_SETTING(limits.http_requests_per_second), 1, 1'000'000,
                          "Requests of one caller in the long run."));
  table.push_back(integer(FASTNESS_SETTING(limits.http_request_burst), 1, 1'000'000,
                          "Requests of one caller at once, before that pace holds."));
  table.push_back(bytes(FASTNESS_SETTING(limits.websocket_message_bytes), kKiB, 256 * kMiB,
                        "One message on a WebSocket."));
}

#undef FASTNESS_SETTING

std::vector<Setting> make_table() {
  std::vector<Setting> table;
  add_instance(table);
  add_protection(table);
  add_operation(table);
  add_connection_limits(table);
  add_mqtt_limits(table);
  add_organisation_limits(table);
  add_http_limits(table);
  return table;
}

}  // namespace

std::span<const Setting> settings() {
  static const std::vector<Setting> table = make_table();
  return table;
}

}  // namespace fastness::config
