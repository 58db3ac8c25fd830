#include "config/load.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <filesystem>

#include "base/ids/uuid.h"
#include "config/setting.h"
#include "config/toml.h"

namespace fastness::config {

namespace {

constexpr std::string_view kPrefix = "FASTNESS_";

Unexpected<Error> mistake(std::string_view where, std::string_view name, std::string_view what) {
  return fail(Errc::invalid_argument,
              std::string(where) + ": " + std::string(name) + " " + std::string(what));
}

Unexpected<Error> unknown(std::string_view where, std::string_view name) {
  return mistake(where, name,
                 "is no setting; did you mean " + std::string(nearest_setting(name).name) + "?");
}

Result<void> apply(Loaded& loaded, const Setting& setting, const RawValue& value, Origin origin,
                   std::string_view where) {
  // A file may write byte counts as text too.
  if (const auto* text = std::get_if<std::string>(&value); text && setting.kind == Kind::bytes) {
    auto number = parse_text(setting, *text);
    if (!number) return mistake(where, setting.name, number.error().message);
    return apply(loaded, setting, *number, origin, where);
  }
  if (auto set = setting.set(loaded.config, value); !set) {
    return mistake(where, setting.name, set.error().message);
  }
  loaded.origins.insert_or_assign(std::string(setting.name), origin);
  return {};
}

// A list may be written as in the file, or plainly with commas.
Result<RawValue> parse_assigned(const Setting& setting, std::string_view text) {
  const bool is_list = setting.kind == Kind::texts || setting.kind == Kind::endpoints;
  if (!is_list || !text.starts_with('[') || !text.ends_with(']')) {
    return parse_text(setting, text);
  }
  // `[::1]:8883` starts so too, but does not end so.
  auto entries = parse_toml("list = " + std::string(text));
  if (!entries || entries->size() != 1) {
    return fail(Errc::invalid_argument, "expects a list such as [\"one\", \"two\"] or one,two");
  }
  return std::move(entries).value()[0].value;
}

Result<void> apply_text(Loaded& loaded, std::string_view name, std::string_view text, Origin origin,
                        std::string_view where) {
  const Setting* setting = find_setting(name);
  if (setting == nullptr) return unknown(where, name);
  auto value = parse_assigned(*setting, text);
  if (!value) return mistake(where, name, value.error().message);
  return apply(loaded, *setting, *value, origin, where);
}

Result<void> apply_file(Loaded& loaded, const Sources& sources) {
  if (!sources.file_text) return {};
  auto entries = parse_toml(*sources.file_text);
  if (!entries) {
    return fail(Errc::invalid_argument, sources.file_name + ": " + entries.error().message);
  }
  for (const TomlEntry& entry : *entries) {
    const std::string where = sources.file_name + ": line " + std::to_string(entry.line);
    const Setting* setting = find_setting(entry.name);
    if (setting == nullptr) return unknown(where, entry.name);
    FASTNESS_RETURN_IF_ERROR(apply(loaded, *setting, entry.value, Origin::file, where));
  }
  return {};
}

// FASTNESS_LISTEN__HTTPS is listen.https. A variable without the double underscore is none of ours.
Result<void> apply_environment(Loaded& loaded, const std::vector<std::string>& environment) {
  for (const std::string_view variable : environment) {
    const std::size_t equals = variable.find('=');
    if (!variable.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    std::string name(variable.substr(kPrefix.size(), equals - kPrefix.size()));
    const std::size_t separator = name.find("__");
    if (separator == std::string::npos) continue;
    name.replace(separator, 2, ".");
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    FASTNESS_RETURN_IF_ERROR(
        apply_text(loaded, name, variable.substr(equals + 1), Origin::environment,
                   "environment variable " + std::string(variable.substr(0, equals))));
  }
  return {};
}

Result<void> apply_assignments(Loaded& loaded, const std::vector<std::string>& assignments) {
  for (const std::string_view assignment : assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string_view::npos) {
      return mistake("command line", assignment, "is no section.key=value");
    }
    FASTNESS_RETURN_IF_ERROR(apply_text(loaded, assignment.substr(0, equals),
                                        assignment.substr(equals + 1), Origin::command_line,
                                        "command line"));
  }
  return {};
}

Result<void> check_plaintext(std::string_view name, const std::vector<Endpoint>& endpoints) {
  for (const Endpoint& endpoint : endpoints) {
    if (endpoint.is_loopback()) continue;
    return fail(Errc::invalid_argument,
                std::string(name) + " is without TLS and may only name loopback addresses, not " +
                    endpoint.to_text());
  }
  return {};
}

Result<void> check_mqtt_plain(const Config::Listen& listen) {
  FASTNESS_RETURN_IF_ERROR(check_plaintext("listen.mqtt_plain", listen.mqtt_plain));
  const std::string& organisation = listen.mqtt_plain_organisation;
  if (!organisation.empty() && !Uuid::parse(organisation)) {
    return fail(Errc::invalid_argument,
                "listen.mqtt_plain_organisation expects an organisation's id, as " +
                    std::string("00000000-0000-4000-8000-000000000000, not \"") + organisation +
                    '"');
  }
  if (listen.mqtt_plain.empty()) return {};
  if (organisation.empty() || listen.mqtt_plain_api_key.empty()) {
    return fail(Errc::invalid_argument,
                "listen.mqtt_plain proves nobody's identity; listen.mqtt_plain_organisation and "
                "listen.mqtt_plain_api_key must say for whom, and with whose rights");
  }
  return {};
}

Result<void> check_token(const Config::Vault& vault) {
  for (const std::string& variable : vault.token_environment) {
    const std::size_t equals = variable.find('=');
    if (equals != 0 && equals != std::string::npos) continue;
    return fail(Errc::invalid_argument,
                "vault.token_environment expects NAME=VALUE, not \"" + variable + '"');
  }
  for (const std::string& path : vault.token_paths) {
    if (path.starts_with('/')) continue;
    return fail(Errc::invalid_argument,
                "vault.token_paths expects absolute paths, not \"" + path + '"');
  }
  if (vault.keys != VaultKeys::token) return {};
  if (!vault.token_module.starts_with('/') || vault.token_label.empty()) {
    return fail(Errc::invalid_argument,
                "vault.keys = \"token\" needs vault.token_module, a library by its whole path, and "
                "vault.token_label");
  }
  return {};
}

// The hub may write in this folder, so it must hold nothing that the hub may not.
Result<void> check_witness(const Config& config) {
  if (config.ledger.witness_file.empty()) return {};
  const std::filesystem::path file = config.ledger.witness_file;
  if (!file.is_absolute() || !file.has_filename()) {
    return fail(Errc::invalid_argument,
                "ledger.witness_file expects a file by its whole path, not \"" +
                    config.ledger.witness_file + '"');
  }
  const auto folder = (file.parent_path() / "").lexically_normal().string();
  const auto data = (std::filesystem::path(config.data.dir) / "").lexically_normal().string();
  if (data.starts_with(folder) || folder.starts_with(data)) {
    return fail(Errc::invalid_argument,
                "ledger.witness_file must be in a folder of its own, neither in data.dir nor above "
                "it, as in \"/var/lib/fastness-witness/ledger\"");
  }
  return {};
}

// What the words mean is for the hub to say, which sends to them.
Result<void> check_outgoing(const Config& config) {
  const Config::Mail& mail = config.mail;
  if (mail.server.empty() != mail.from.empty()) {
    return fail(Errc::invalid_argument, "mail.server and mail.from need each other");
  }
  if (mail.user.empty() != mail.password_file.empty()) {
    return fail(Errc::invalid_argument, "mail.user and mail.password_file need each other");
  }
  if (!config.ledger.witness_mail.empty() && mail.server.empty()) {
    return fail(Errc::invalid_argument, "ledger.witness_mail needs mail.server and mail.from");
  }
  if (!config.alarms.mail_to.empty() && mail.server.empty()) {
    return fail(Errc::invalid_argument, "alarms.mail_to needs mail.server and mail.from");
  }
  return {};
}

// Whether it is a day of the calendar, as 2027-06-30.
bool is_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [text](std::size_t at, std::size_t size) {
    int value = 0;
    for (const char digit : text.substr(at, size)) {
      if (digit < '0' || digit > '9') return -1;
      value = 10 * value + (digit - '0');
    }
    return value;
  };
  const int year = number(0, 4);
  const int month = number(5, 2);
  const int day = number(8, 2);
  return year >= 1970 && month > 0 && day > 0 &&
         std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
             .ok();
}

// Whether it can stand in a line of security.txt: one address that is written out (RFC
// 9116, 2.5.3).
bool is_contact(std::string_view text) {
  const bool has_scheme = std::ranges::any_of(
      std::array<std::string_view, 3>{"mailto:", "https://", "tel:"},
      [text](auto scheme) { return text.starts_with(scheme) && text.size() > scheme.size(); });
  return has_scheme && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<void> check_contacts(const Config::Server& server) {
  for (const std::string& contact : server.security_contacts) {
    if (is_contact(contact)) continue;
    return fail(Errc::invalid_argument,
                "server.security_contacts expects addresses as mailto:security@example.org, "
                "https://example.org/report or tel:+49-30-1234, not \"" +
                    contact + '"');
  }
  const std::string& until = server.security_contacts_until;
  if (server.security_contacts.empty() != until.empty()) {
    return fail(Errc::invalid_argument,
                "server.security_contacts and server.security_contacts_until need each other");
  }
  const std::string& policy = server.security_policy;
  const bool is_policy = is_contact(policy) && policy.starts_with("https://");
  if (!policy.empty() && (!is_policy || until.empty())) {
    return fail(Errc::invalid_argument,
                "server.security_policy expects an https:// address, beside "
                "server.security_contacts, not \"" +
                    policy + '"');
  }
  if (until.empty() || is_day(until)) return {};
  return fail(Errc::invalid_argument,
              "server.security_contacts_until expects a day as 2027-06-30, not \"" + until + '"');
}

// Nothing, or a path that is the same wherever a process works.
Result<void> check_whole_path(const std::string& setting, const std::string& file) {
  if (file.empty() || file.starts_with('/')) return {};
  return fail(Errc::invalid_argument,
              setting + " expects a file by its whole path, not \"" + file + '"');
}

Result<void> check_certificates(const Config::Server& server) {
  if (server.certificate_file.empty() != server.key_file.empty()) {
    return fail(Errc::invalid_argument,
                "server.certificate_file and server.key_file need each other");
  }
  if (server.rsa_certificate_file.empty() != server.rsa_key_file.empty()) {
    return fail(Errc::invalid_argument,
                "server.rsa_certificate_file and server.rsa_key_file need each other");
  }
  // Of certificates of our own nobody else says anything.
  if (!server.staple_file.empty() && server.certificate_file.empty()) {
    return fail(Errc::invalid_argument, "server.staple_file needs server.certificate_file");
  }
  if (!server.rsa_staple_file.empty() && server.rsa_certificate_file.empty()) {
    return fail(Errc::invalid_argument, "server.rsa_staple_file needs server.rsa_certificate_file");
  }
  FASTNESS_RETURN_IF_ERROR(check_whole_path("server.staple_file", server.staple_file));
  return check_whole_path("server.rsa_staple_file", server.rsa_staple_file);
}

Result<void> check_backups(const Config& config) {
  const std::string& directory = config.backups.directory;
  if (directory.empty() && config.backups.every_hours == 0) return {};
  if (directory.empty()) {
    return fail(Errc::invalid_argument, "backups.every_hours needs backups.directory");
  }
  const bool is_whole = directory.starts_with('/') && directory.size() > 1;
  const bool is_inside = (directory + "/").starts_with(config.data.dir + "/");
  if (is_whole && !is_inside) return {};
  return fail(Errc::invalid_argument,
              "backups.directory must be an absolute path outside data.dir, where backups are not "
              "lost with the data");
}

// Says how to get what this build does not have, instead of going on without it.
Result<void> check_firewall(const std::string& rules_file) {
  if (rules_file.empty()) return {};
  if (!has_firewall()) {
    return fail(Errc::invalid_argument,
                "waf.rules_file needs a build with ModSecurity, which this is not: build with "
                "cmake -DFASTNESS_MODSECURITY=ON, as docs/firewall.md says, or leave it empty");
  }
  if (rules_file.starts_with('/') && rules_file.find_first_of("\"\n") == std::string::npos)
    return {};
  return fail(Errc::invalid_argument,
              "waf.rules_file expects a file by its whole path, not \"" + rules_file + '"');
}

// What no single setting can know.
Result<void> check_whole(const Config& config) {
  if (!config.data.dir.starts_with('/')) {
    return fail(Errc::invalid_argument, "data.dir must be an absolute path");
  }
  FASTNESS_RETURN_IF_ERROR(check_plaintext("listen.http", config.listen.http));
  FASTNESS_RETURN_IF_ERROR(check_mqtt_plain(config.listen));
  FASTNESS_RETURN_IF_ERROR(check_token(config.vault));
  FASTNESS_RETURN_IF_ERROR(check_witness(config));
  FASTNESS_RETURN_IF_ERROR(check_outgoing(config));
  FASTNESS_RETURN_IF_ERROR(check_contacts(config.server));
  FASTNESS_RETURN_IF_ERROR(check_whole_path("sign_in.places", config.sign_in.places));
  FASTNESS_RETURN_IF_ERROR(
      check_whole_path("accounts.breached_passwords", config.accounts.breached_passwords));
  FASTNESS_RETURN_IF_ERROR(check_backups(config));
  FASTNESS_RETURN_IF_ERROR(check_firewall(config.waf.rules_file));
  return check_certificates(config.server);
}

}  // namespace

bool has_firewall() {
  return FASTNESS_MODSECURITY != 0;
}

Result<Loaded> load(const Sources& sources) {
  Loaded loaded;
  FASTNESS_RETURN_IF_ERROR(apply_file(loaded, sources));
  FASTNESS_RETURN_IF_ERROR(apply_environment(loaded, sources.environment));
  FASTNESS_RETURN_IF_ERROR(apply_assignments(loaded, sources.assignments));
  FASTNESS_RETURN_IF_ERROR(check_whole(loaded.config));
  return loaded;
}

}  // namespace fastness::config
