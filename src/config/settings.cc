// The table, but for the limits, which have a file of their own. A new key is a member of Config
// and a row here.
#include <algorithm>

#include "config/rows.h"
#include "config/setting.h"

namespace fastness::config {

namespace {

using namespace rows;
using telemetry::LogFormat;
using telemetry::LogLevel;

constexpr Choice<LogFormat> kLogFormats[] = {{"text", LogFormat::text}, {"json", LogFormat::json}};
constexpr Choice<LogLevel> kLogLevels[] = {{"debug", LogLevel::debug},
                                           {"info", LogLevel::info},
                                           {"warning", LogLevel::warning},
                                           {"error", LogLevel::error}};
constexpr Choice<std::optional<Cipher>> kCiphers[] = {
    {"auto", std::nullopt},
    {"aes-256-gcm", Cipher::aes_256_gcm},
    {"chacha20-poly1305", Cipher::chacha20_poly1305}};
constexpr Choice<Durability> kDurabilities[] = {
    {"fsync", Durability::fsync}, {"os", Durability::os}, {"none", Durability::none}};
constexpr Choice<std::optional<Durability>> kListenerDurabilities[] = {{"journal", std::nullopt},
                                                                       {"fsync", Durability::fsync},
                                                                       {"os", Durability::os},
                                                                       {"none", Durability::none}};
constexpr Choice<RecordLayer> kRecordLayers[] = {{"openssl", RecordLayer::openssl},
                                                 {"own", RecordLayer::own}};
constexpr Choice<OnForgery> kForgeryResponses[] = {
    {"alarm", OnForgery::alarm}, {"rotate", OnForgery::rotate}, {"lockdown", OnForgery::lockdown}};
constexpr Choice<OnSecondRenewal> kSecondRenewalResponses[] = {
    {"alarm", OnSecondRenewal::alarm}, {"quarantine", OnSecondRenewal::quarantine}};
constexpr Choice<OnAttack> kAttackResponses[] = {{"detect", OnAttack::detect},
                                                 {"refuse", OnAttack::refuse}};
constexpr Choice<VaultKey> kVaultKeys[] = {{"file", VaultKey::file},
                                           {"passphrase", VaultKey::passphrase}};
constexpr Choice<Environment> kEnvironments[] = {{"production", Environment::production},
                                                 {"staging", Environment::staging},
                                                 {"development", Environment::development}};
constexpr Choice<wording::Language> kLanguages[] = {{"en", wording::Language::english},
                                                    {"de", wording::Language::german}};
constexpr Choice<VaultKeys> kVaultKeyPlaces[] = {{"sealed", VaultKeys::sealed},
                                                 {"token", VaultKeys::token}};

}  // namespace

std::string_view to_text(Durability durability) {
  return std::ranges::find(kDurabilities, durability, &Choice<Durability>::value)->name;
}

namespace {

void add_instance(std::vector<Setting>& table) {
  table.push_back(path(FASTNESS_SETTING(data.dir),
                       "Where everything is kept; made with mode 0700 at the first start."));
  table.push_back(choice(FASTNESS_SETTING(data.cipher), kCiphers,
                         "What seals fields, history and journal from now on; everything opens, "
                         "whatever it was sealed by. auto: aes-256-gcm where the processor has "
                         "instructions for it, else chacha20-poly1305."));
  table.push_back(choice(FASTNESS_SETTING(instance.environment), kEnvironments,
                         "What this instance is for. Said at its first start and unchanged from "
                         "then on; its backups and kits carry it, and are restored for the same "
                         "alone."));
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
  table.push_back(path(FASTNESS_SETTING(server.staple_file),
                       "What that authority says of the certificate: an answer of OCSP, DER, "
                       "which clients that ask are shown with it. You keep it fresh; reloaded "
                       "when it changes. The chain must have the issuer's certificate. Empty: "
                       "none."));
  table.push_back(
      boolean(FASTNESS_SETTING(server.rsa),
              "An RSA-2048 certificate of our own beside the ECDSA one, for boards that "
              "need RSA."));
  table.push_back(path(FASTNESS_SETTING(server.rsa_certificate_file),
                       "A PEM chain with an RSA-2048 key from another authority, instead."));
  table.push_back(path(FASTNESS_SETTING(server.rsa_key_file), "The key of that one, PEM."));
  table.push_back(path(FASTNESS_SETTING(server.rsa_staple_file),
                       "What its authority says of that one, as `server.staple_file`."));
  table.push_back(boolean(
      FASTNESS_SETTING(server.hsts_subdomains),
      "Whether browsers are told to use HTTPS for every name below this server's, too (HSTS "
      "with includeSubDomains). They remember it for a year, so set it only if all of these "
      "have HTTPS; it is for a server that has a domain of its own."));
  table.push_back(texts(FASTNESS_SETTING(server.security_contacts),
                        "Whom to tell of a hole in this instance, for /.well-known/security.txt: "
                        "mailto:, https:// or tel: addresses, the best one first. Empty: none."));
  table.push_back(text(FASTNESS_SETTING(server.security_contacts_until),
                       "The day until which these are right, as 2027-06-30 and in a year at most; "
                       "from then on nobody is named."));
  table.push_back(text(FASTNESS_SETTING(server.security_policy),
                       "Where it says how a report to them is treated, for the same file: an "
                       "https:// address. Empty: nowhere."));
}

void add_proxies(std::vector<Setting>& table) {
  table.push_back(networks(FASTNESS_SETTING(proxies.forwarded_for),
                           "Reverse proxies that answer browsers and call listen.https for them, "
                           "such as \"127.0.0.1\" or \"10.0.0.0/28\": what they add to "
                           "X-Forwarded-For is where a request comes from. Nobody else's word is "
                           "taken for it. Name the proxies alone, not the network that people "
                           "come from."));
  table.push_back(networks(FASTNESS_SETTING(proxies.proxy_protocol),
                           "Load balancers that pass connections on unopened, to listen.https or "
                           "the TLS listeners of MQTT, and begin each with a PROXY header of "
                           "version 1 or 2, which says where it comes from. A connection of theirs "
                           "without one is closed."));
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
                         "more; an emergency rotation, once for each generation; or a lockdown: "
                         "no new device, key or secret is taken until fastness ca unlock. Boards "
                         "in the ledger go on; other devices renew by their own keys."));
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
                       "which must speak STARTTLS. People are then written to about what happens "
                       "to their own accounts. Empty: no mail is sent."));
  table.push_back(text(FASTNESS_SETTING(mail.from), "The address that mail comes from."));
  table.push_back(
      text(FASTNESS_SETTING(mail.user), "Who logs in to the mail server. Empty: nobody."));
  table.push_back(
      path(FASTNESS_SETTING(mail.password_file), "A file with that user's password, mode 0600."));
  table.push_back(choice(FASTNESS_SETTING(mail.language), kLanguages,
                         "What letters are in: English or German. Each person may choose another "
                         "for those to them; what section alarms names is told in this one."));
  table.push_back(text(FASTNESS_SETTING(alarms.mail_to),
                       "A mail address that is told, by the section mail, when a certificate was "
                       "used that nobody issued, when two renewed one, when a device is in two "
                       "places, and when backups by schedule fail: what was seen, what was done, "
                       "what to do. Empty: nobody."));
  table.push_back(text(FASTNESS_SETTING(alarms.url),
                       "An https:// URL that the same is POSTed to, as JSON with `subject` and "
                       "`text`. Empty: none."));
  table.push_back(boolean(FASTNESS_SETTING(alarms.tell_owners),
                          "Whether people are mailed about their own devices, and about what "
                          "concerns everybody's, if the section mail names a server."));
  table.push_back(integer(FASTNESS_SETTING(alarms.most_an_hour), 1, 60,
                          "Messages to each of them within an hour. The last one tells of all "
                          "alarms that wait; more wait for the next hour."));
}

void add_sign_in(std::vector<Setting>& table) {
  table.push_back(
      texts(FASTNESS_SETTING(sign_in.providers),
            "By whom people may sign in who have linked it on their page Account: "
            "\"google\", \"github\", \"microsoft=TENANT\", \"apple=TEAM/KEY\", or any "
            "OpenID Connect provider as \"id=https://issuer\", the issuer exactly as it "
            "spells itself. At the provider, register as redirect URI "
            "https://NAME:PORT/api/v1/session/providers/ID/callback for each name and "
            "port that people open the console by; without :PORT if that is 443. Empty: "
            "nobody. See docs/sign-in.md."));
  table.push_back(texts(FASTNESS_SETTING(sign_in.names),
                        "What people read on their buttons, as \"id=Our company\". Empty: the "
                        "preset's name, or the id."));
  table.push_back(texts(FASTNESS_SETTING(sign_in.client_ids),
                        "What each provider calls this server, as \"id=CLIENT\"."));
  table.push_back(
      texts(FASTNESS_SETTING(sign_in.client_secret_files),
            "A file with the client secret of each, mode 0600, as \"id=/path\"; for Apple "
            "the key file (.p8) that it gave out."));
  table.push_back(
      path(FASTNESS_SETTING(sign_in.places),
           "A file by its whole path, in the MaxMind DB format, that says where addresses are: "
           "GeoLite2 City, DB-IP City Lite or one of your own. With it a person is told of "
           "sign-ins from two places that nobody can travel between in that time. It is opened "
           "at the start: put a newer one in its place by renaming, and restart. Empty: none; "
           "nothing is kept of where anybody was. See docs/accounts.md."));
  table.push_back(
      path(FASTNESS_SETTING(accounts.breached_passwords),
           "A file by its whole path with the passwords that are known from breaches, as Have I "
           "Been Pwned gives them out: SHA-1 hashes with their counts, ordered by hash. Whoever "
           "chooses a password that is in it is refused; signing in with one is not. It is opened "
           "at the start: put a newer one in its place by renaming, and restart. Empty: none; "
           "only what is easy to guess is refused. See docs/accounts.md."));
  table.push_back(boolean(
      FASTNESS_SETTING(accounts.ask_for_two_factors),
      "Whether everybody who signs in must show two factors: a passkey, or a password and the code "
      "of an app. Who has none of these gets to their own account and nowhere else until they "
      "add one. API keys are not asked. See docs/accounts.md."));
}

void add_backups(std::vector<Setting>& table) {
  table.push_back(path(FASTNESS_SETTING(backups.directory),
                       "Where backups by schedule go: a directory of this instance's own, outside "
                       "data.dir, best on another disk. It must be there."));
  table.push_back(integer(FASTNESS_SETTING(backups.every_hours), 0, 24 * 366,
                          "How often a backup is made there by itself while the instance runs; 24 "
                          "is every day. 0: never."));
  table.push_back(integer(FASTNESS_SETTING(backups.keep), 1, 10'000,
                          "How many of those are kept. An old one is removed when a new one was "
                          "read from the disk and proved whole, never before."));
  table.push_back(integer(FASTNESS_SETTING(backups.retention_months), 1, 1'200,
                          "For how many months after its own a backup can be read; then the vault "
                          "destroys the key of its month, and what is on this host opens it no "
                          "more. A smaller number holds from the next start on and cannot be taken "
                          "back. See docs/recovery.md."));
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
  add_sign_in(table);
  table.push_back(integer(FASTNESS_SETTING(history.retention_days), 0, 36'500,
                          "How long values are kept; 0 keeps them for ever."));
  table.push_back(bytes(FASTNESS_SETTING(history.cap_bytes), 16 * kMiB, 1'024 * 1'024 * kGiB,
                        "What history may take on disk; the oldest goes first."));
  add_backups(table);
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

void add_firewall(std::vector<Setting>& table) {
  table.push_back(path(FASTNESS_SETTING(waf.rules_file),
                       "A file by its whole path with ModSecurity's rules, such as "
                       "packaging/waf/fastness.conf, which are asked about each HTTP request "
                       "before it is served. Only in a build with FASTNESS_MODSECURITY. Empty: "
                       "nobody is asked. See docs/firewall.md."));
  table.push_back(choice(FASTNESS_SETTING(waf.mode), kAttackResponses,
                         "What becomes of a request that these rules take for an attack: it is "
                         "refused, or served and only told in the log."));
}

std::vector<Setting> make_table() {
  std::vector<Setting> table;
  add_instance(table);
  add_proxies(table);
  add_protection(table);
  add_operation(table);
  add_firewall(table);
  add_limits(table);
  return table;
}

}  // namespace

std::span<const Setting> settings() {
  static const std::vector<Setting> table = make_table();
  return table;
}

}  // namespace fastness::config
