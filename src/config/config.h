// Everything a person can decide about an instance, as one checked struct. Components get their own
// small part of it, never the whole.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cipher.h"
#include "base/durability.h"
#include "base/environment.h"
#include "base/network.h"
#include "base/result.h"
#include "telemetry/log.h"
#include "wording/language.h"

namespace fastness::config {

// `127.0.0.1:8443` or `[::1]:8443`: a literal address, never a name to be looked up. Port 0 asks
// the kernel for a free one.
struct Endpoint {
  std::string address;  // without brackets
  std::uint16_t port;

  // `invalid_argument` for anything but the two spellings above.
  [[nodiscard]] static Result<Endpoint> parse(std::string_view text);

  [[nodiscard]] std::string to_text() const;
  [[nodiscard]] bool is_loopback() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "fsync", "os", "none".
[[nodiscard]] std::string_view to_text(Durability durability);
// "2ms", "500us", "0".
[[nodiscard]] std::string to_text(std::chrono::microseconds duration);

// Where the vault's root key comes from.
enum class VaultKey {
  file,        // a key file beside the data: protects backups, not a stolen disk
  passphrase,  // typed at start, or read from --passphrase-fd
};

// Where the certificate authorities' keys are made, used and stay.
enum class VaultKeys : std::uint8_t {
  sealed,  // in files of the vault, sealed under its root key
  token,   // in a PKCS#11 token: a hardware module, a smart card, a TPM
};

// What is done by itself when a certificate is used that a key of ours signed and nobody issued.
enum class OnForgery : std::uint8_t { alarm, rotate, lockdown };

// What is done by itself when two requests renew one certificate.
enum class OnSecondRenewal : std::uint8_t { alarm, quarantine };

// What becomes of a request that the firewall's rules take for an attack.
enum class OnAttack : std::uint8_t { detect, refuse };

// Who encrypts the records of an MQTT connection once its handshake is done.
enum class RecordLayer : std::uint8_t { openssl, own };

// The defaults stand here and nowhere else. Immutable after load.
struct Config {
  struct Data {
    std::string dir = "/var/lib/fastness";
    std::optional<Cipher> cipher;  // of what is written from now on; none: the processor says
  } data;

  struct Instance {
    Environment environment = Environment::production;
  } instance;

  struct Listen {
    std::vector<Endpoint> https{{"0.0.0.0", 8443}};
    std::vector<Endpoint> http;
    std::vector<Endpoint> mqtts{{"0.0.0.0", 8883}};
    std::vector<Endpoint> mqtts_secret{{"0.0.0.0", 8884}};
    std::vector<Endpoint> mqtts_certificate{{"0.0.0.0", 8885}};
    std::vector<Endpoint> mqtt_plain;
    std::string mqtt_plain_organisation;
    std::string mqtt_plain_api_key;
  } listen;

  struct Server {
    std::vector<std::string> names;
    std::vector<std::string> allowed_origins;
    std::string certificate_file;
    std::string key_file;
    bool rsa = false;
    std::string rsa_certificate_file;
    std::string rsa_key_file;
    bool hsts_subdomains = false;                // names below this host's have HTTPS, too
    std::vector<std::string> security_contacts;  // the best one first; see RFC 9116
    std::string security_contacts_until;         // as 2027-06-30; if there are any
    std::string security_policy;                 // how a report to them is treated: https, or empty
    std::string staple_file;                     // what is said of that of `certificate_file`
    std::string rsa_staple_file;                 // the same of that of `rsa_certificate_file`
  } server;

  // Whose word counts for where others come from.
  struct Proxies {
    Networks forwarded_for;   // they end TLS, and send X-Forwarded-For
    Networks proxy_protocol;  // they pass connections on, and begin each with a PROXY header
  } proxies;

  struct Tls {
    RecordLayer record_layer = RecordLayer::own;
  } tls;

  struct Vault {
    VaultKey key = VaultKey::file;
    VaultKeys keys = VaultKeys::sealed;
    std::string token_module;
    std::string token_label;
    std::vector<std::string> token_paths;
    std::vector<std::string> token_environment;
  } vault;

  struct Identity {
    OnForgery on_forgery = OnForgery::alarm;
    OnSecondRenewal on_second_renewal = OnSecondRenewal::alarm;
  } identity;

  struct Sandbox {
    bool require_landlock = true;
    std::string vault_user = "fastness-vault";
    std::string hub_user = "fastness-hub";
  } sandbox;

  struct Log {
    telemetry::LogFormat format = telemetry::LogFormat::text;
    telemetry::LogLevel level = telemetry::LogLevel::info;
  } log;

  // What an acknowledged message has reached. A listener that says nothing does as `journal`.
  struct Durabilities {
    Durability journal = Durability::fsync;
    std::optional<Durability> mqtts;
    std::optional<Durability> mqtts_secret;
    std::optional<Durability> mqtts_certificate;
    std::optional<Durability> mqtt_plain;
    std::optional<Durability> websocket;
    std::chrono::microseconds commit_window{0};
  } durability;

  struct Ledger {
    std::string witness_file;
    std::string witness_url;
    std::string witness_mail;
    std::int64_t witness_minutes = 10;
  } ledger;

  struct Outgoing {
    std::vector<std::string> allow;
    std::string anchors_file;
  } outgoing;

  struct Mail {
    std::string server;
    std::string from;
    std::string user;
    std::string password_file;
    wording::Language language = wording::Language::english;
  } mail;

  // Who else may say who a person is: lists of "id=value"; what they mean, the hub says.
  struct SignIn {
    std::vector<std::string> providers;
    std::vector<std::string> names;
    std::vector<std::string> client_ids;
    std::vector<std::string> client_secret_files;
    std::string places;  // a file that says where addresses are; empty: none
  } sign_in;

  struct Accounts {
    std::string breached_passwords;  // a file with the hashes of such; empty: none
    bool ask_for_two_factors = false;
  } accounts;

  // Whom alarms are told to, wherever they are.
  struct Alarms {
    std::string mail_to;
    std::string url;
    bool tell_owners = true;
    std::int64_t most_an_hour = 6;
  } alarms;

  struct History {
    std::int64_t retention_days = 365;
    std::int64_t cap_bytes = std::int64_t{10} << 30U;
  } history;

  struct Backups {
    std::string directory;
    std::int64_t every_hours = 0;  // 0: none by itself
    std::int64_t keep = 7;
    std::int64_t retention_months = 12;
  } backups;

  struct Gateway {
    std::int64_t threads = 0;
    std::int64_t drain_seconds = 5;
    std::chrono::microseconds coalesce_window{500};
  } gateway;

  struct Metrics {
    std::string token_file;
  } metrics;

  // Only in a build that has it; see has_firewall.
  struct Waf {
    std::string rules_file;  // empty: nobody looks at requests but we
    OnAttack mode = OnAttack::refuse;
  } waf;

  struct Limits {
    std::int64_t connections = 1'000'000;
    std::int64_t connections_per_address = 4'096;
    std::int64_t address_connects_per_second = 500;
    std::int64_t address_connect_burst = 20'000;
    std::int64_t accepts_per_second = 500;
    std::int64_t accept_burst = 1'000;
    std::int64_t handshake_seconds = 30;
    std::int64_t connect_seconds = 10;
    std::int64_t mqtt_packet_bytes = std::int64_t{256} << 10U;
    std::int64_t mqtt_packet_seconds = 120;
    std::int64_t mqtt_connect_bytes = std::int64_t{144} << 10U;
    std::int64_t mqtt_keep_alive_seconds = 3'600;
    std::int64_t mqtt_receive_maximum = 100;
    std::int64_t mqtt_unanswered = 2'000;
    std::int64_t mqtt_topic_aliases = 10;
    std::int64_t mqtt_in_flight = 100;
    std::int64_t mqtt_queued_messages = 1'000;
    std::int64_t mqtt_queued_bytes = std::int64_t{4} << 20U;
    std::int64_t mqtt_subscriptions = 100;
    std::int64_t mqtt_session_expiry_seconds = std::int64_t{7} * 24 * 3'600;
    std::int64_t mqtt_messages_per_second = 200;
    std::int64_t mqtt_message_burst = 1'000;
    std::int64_t mqtt_bytes_per_second = std::int64_t{16} << 20U;
    std::int64_t device_connects_per_second = 10;
    std::int64_t device_connect_burst = 1'000;
    std::int64_t organisation_connections = 1'000'000;
    std::int64_t organisation_connects_per_second = 5'000;
    std::int64_t organisation_connect_burst = 1'000'000;
    std::int64_t organisation_sessions = 1'000'000;
    std::int64_t organisation_subscriptions = 10'000'000;
    std::int64_t organisation_queued_bytes = std::int64_t{1} << 30U;
    std::int64_t organisation_messages_per_second = 1'000'000;
    std::int64_t organisation_bytes_per_second = std::int64_t{256} << 20U;
    std::int64_t device_retained_messages = 10'000;
    std::int64_t retained_messages = 100'000;
    std::int64_t retained_bytes = std::int64_t{256} << 20U;
    std::int64_t http_header_bytes = std::int64_t{16} << 10U;
    std::int64_t http_body_bytes = std::int64_t{1} << 20U;
    std::int64_t http_request_seconds = 30;
    std::int64_t http_idle_seconds = 75;
    std::int64_t http_requests_per_second = 50;
    std::int64_t http_request_burst = 200;
    std::int64_t websocket_message_bytes = std::int64_t{256} << 10U;
  } limits;
};

}  // namespace fastness::config
