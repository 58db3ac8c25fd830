#include "supervisor/host_commands.h"

#include <cctype>

#include "json/text_in.h"
#include "json/value.h"
#include "json/writer.h"
#include "supervisor/admin_client.h"
#include "supervisor/answer_fields.h"
#include "supervisor/recovery/custody_text.h"

namespace fastness::supervisor {

namespace {

std::string init_request(const HostCommand& command) {
  json::Writer out;
  out.begin_object();
  out.field("organisation", command.organisation);
  out.field("email", command.email);
  out.field("api_key", command.api_key);
  out.end_object();
  return std::move(out).text();
}

std::string link_request(const HostCommand& command) {
  json::Writer out;
  out.begin_object();
  if (!command.email.empty()) out.field("email", command.email);
  out.end_object();
  return std::move(out).text();
}

std::string restriction_request(const HostCommand& command) {
  json::Writer out;
  out.begin_object();
  out.field("level", command.level);
  if (!command.reason.empty()) out.field("reason", command.reason);
  out.end_object();
  return std::move(out).text();
}

struct Told {
  json::Value body;
  std::string text;  // the same, as it came
};

Result<Told> ask(const std::string& data_directory, const AdminRequest& request) {
  FASTNESS_ASSIGN_OR_RETURN(std::string text, tell_admin(data_directory, request));
  FASTNESS_ASSIGN_OR_RETURN(json::Value body, json::parse(text));
  return Told{std::move(body), std::move(text)};
}

void add_line(std::string& out, const std::string& name, const std::string& text) {
  constexpr std::size_t kColumn = 18;
  if (text.empty()) return;
  out += name + std::string(kColumn - std::min(name.size(), kColumn - 1), ' ') + text + "\n";
}

std::string joined(const json::Value* list) {
  const auto* elements = list != nullptr ? list->get<json::Array>() : nullptr;
  std::string out;
  if (elements == nullptr) return out;
  for (const json::Value& each : *elements) {
    const auto* text = each.get<std::string>();
    if (text != nullptr) out += (out.empty() ? "" : ", ") + *text;
  }
  return out;
}

// As the console shows it, to be compared by eye: B71E 4C09 ...
std::string in_groups(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    if (i > 0 && i % 4 == 0) out += ' ';
    out += static_cast<char>(std::toupper(static_cast<unsigned char>(hex[i])));
  }
  return out;
}

std::string set_up_words(const json::Value& status) {
  if (flag_in(status, "setup_open")) return "not yet: a link waits to be used";
  return flag_in(status, "initialised") ? "yes" : "no: run fastness host setup-link";
}

std::string minute_or_none(const json::Value& object, std::string_view name) {
  const std::string when = minute_in(object, name);
  return when.empty() ? "none yet" : when;
}

std::string as_lines(const json::Value& status, const std::string& data_directory) {
  std::string out;
  add_line(out, "data directory", data_directory);
  add_line(out, "environment", text_in(status, "environment"));
  add_line(out, "console", text_in(status, "console"));
  add_line(out, "set up", set_up_words(status));
  if (const json::Value* names = status.find("names")) add_line(out, "names", joined(names));
  const json::Value* listeners = status.find("listeners");
  if (const auto* each = listeners != nullptr ? listeners->get<json::Object>() : nullptr) {
    for (const auto& [name, addresses] : *each) add_line(out, name, joined(&addresses));
  }
  if (const json::Value* fingerprints = status.find("fingerprints")) {
    add_line(out, "root, SHA-256", in_groups(text_in(*fingerprints, "active_root")));
    add_line(out, "standby root", in_groups(text_in(*fingerprints, "standby_root")));
  }
  if (const json::Value* backups = status.find("backups")) {
    add_line(out, "newest backup", minute_or_none(*backups, "newest_at"));
    add_line(out, "test restore", minute_or_none(*backups, "restored_at"));
  }
  for (const json::Value& each : elements_in(status, "attention")) {
    add_line(out, "needs you", text_in(each, "title") + ". " + text_in(each, "remedy"));
  }
  return out;
}

}  // namespace

Result<std::string> host_init(const std::string& data_directory, const HostCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(const Told told,
                            ask(data_directory, {"POST", "/admin/v1/init", init_request(command)}));
  if (command.form == OutputForm::json) return told.text + "\n";
  std::string out;
  for (const char* name : {"organisation_id", "user_id", "client_id", "client_secret"}) {
    add_line(out, name, text_in(told.body, name));
  }
  const std::string link = text_in(told.body, "setup_url");
  add_line(out, "set-up link",
           !link.empty() ? link : "start the instance, then run: fastness host setup-link");
  return out;
}

Result<std::string> host_status(const std::string& data_directory, const HostCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(const Told told, ask(data_directory, {"GET", "/admin/v1/status", ""}));
  if (command.form == OutputForm::json) return told.text + "\n";
  return as_lines(told.body, data_directory);
}

Result<std::string> host_setup_link(const std::string& data_directory, const HostCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(const Told told, ask(data_directory, {"POST", "/admin/v1/setup-link",
                                                                  link_request(command)}));
  if (command.form == OutputForm::json) return told.text + "\n";
  const std::string link = text_in(told.body, "url");
  if (link.empty()) {
    return fail(Errc::unavailable,
                "the instance does not listen for the console: see listen.https");
  }
  return link + "\n";
}

Result<std::string> host_restrict(const std::string& data_directory, const HostCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(const Told told, ask(data_directory, {"PUT", "/admin/v1/restriction",
                                                                  restriction_request(command)}));
  if (command.form == OutputForm::json) return told.text + "\n";
  return text_in(told.body, "level") + ": " + text_in(told.body, "explanation") + "\n";
}

Result<std::string> host_reset_factors(const std::string& data_directory,
                                       const HostCommand& command) {
  auto told =
      tell_admin(data_directory, {"POST", "/admin/v1/reset-factors", link_request(command)});
  if (!told) return propagate(std::move(told));
  if (command.form == OutputForm::json) return std::string("{}\n");
  return command.email +
         " signs in with the password alone now. Their passkeys and linked sign-ins are gone, "
         "too, and their home page says so until they set another second factor.\n";
}

Result<std::string> vault_status(const std::string& data_directory, const VaultCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(const Told told, ask(data_directory, {"GET", "/admin/v1/vault", ""}));
  if (command.form == OutputForm::json) return told.text + "\n";
  return custody_as_text(told.body);
}

}  // namespace fastness::supervisor
