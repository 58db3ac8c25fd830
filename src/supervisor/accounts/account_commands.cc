#include "supervisor/accounts/account_commands.h"

#include <utility>

#include "json/text_in.h"
#include "json/value.h"
#include "json/writer.h"
#include "supervisor/admin_client.h"
#include "supervisor/answer_fields.h"

namespace fastness::supervisor {
namespace {

using json::text_in;

constexpr const char* kAccounts = "/admin/v1/accounts";

std::string account_body(const AccountCommand& command) {
  json::Writer out;
  out.begin_object();
  out.field("email", command.email);
  if (!command.reason.empty()) out.field("reason", command.reason);
  out.end_object();
  return std::move(out).text();
}

AdminRequest account_request(Action action, const AccountCommand& command) {
  const std::string accounts = kAccounts;
  switch (action) {
    case Action::account_suspend:
      return {"POST", accounts + "/suspend", account_body(command)};
    case Action::account_resume:
      return {"POST", accounts + "/resume", account_body(command)};
    case Action::account_end_sessions:
      return {"POST", accounts + "/end-sessions", account_body(command)};
    default:
      return {"GET", accounts, ""};
  }
}

// "1 session", "2 sessions".
std::string counted(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string account_lines(const json::Value& account) {
  const std::string email = text_in(account, "email");
  const std::string last = minute_in(account, "last_sign_in_at");
  const std::string suspended = minute_in(account, "suspended_at");
  std::string out = email.empty() ? text_in(account, "user_id") : email;
  out += ", since " + minute_in(account, "created_at");
  if (!last.empty()) {
    out += ", last signed in " + last;
  } else if (!flag_in(account, "has_password")) {
    out += ", has not set up yet";
  }
  out += ", " + counted(integer_in(account, "sessions"), "session") + "\n";
  if (suspended.empty()) return out;
  return out + "  suspended since " + suspended + ": " + text_in(account, "reason") + "\n";
}

// Nobody takes an owner's place by it: whoever suspends one hears what that means.
std::string owned_lines(const json::Value& organisation) {
  const std::int64_t others = integer_in(organisation, "others");
  const std::int64_t administrators = integer_in(organisation, "administrators");
  std::string out = "  " + text_in(organisation, "name") + ": ";
  if (others == 0) return out + "nobody else is in it to look at it or change it.\n";
  out += others == 1 ? "1 other person is in it, " : std::to_string(others) + " others are in it, ";
  if (administrators == 0) return out + "of whom nobody administers it.\n";
  return out + "of whom " + std::to_string(administrators) +
         (administrators == 1 ? " administers it.\n" : " administer it.\n");
}

}  // namespace

std::string accounts_text(const json::Value& told) {
  const auto accounts = elements_in(told, "accounts");
  if (accounts.empty()) return "Nobody has an account.\n";
  std::string out;
  for (const json::Value& each : accounts) out += account_lines(each);
  return out;
}

std::string suspended_text(const json::Value& told) {
  const std::int64_t keys = integer_in(told, "api_keys_suspended");
  std::string out = "Suspended. " + counted(integer_in(told, "sessions_ended"), "session") +
                    " ended; " + counted(keys, "API key") + (keys == 1 ? " opens" : " open") +
                    " nothing until: fastness host account resume.\n";
  const auto owned = elements_in(told, "organisations");
  if (owned.empty()) return out;
  out += "What they own goes on, with its boards. Nobody can hand it over meanwhile:\n";
  for (const json::Value& each : owned) out += owned_lines(each);
  return out;
}

Result<std::string> run_account_command(const std::string& data_directory, Action action,
                                        const AccountCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(std::string text,
                            tell_admin(data_directory, account_request(action, command)));
  const bool is_json = command.form == OutputForm::json;
  if (action == Action::account_resume) {
    return std::string(is_json ? "{}\n" : "They can sign in again. Their sessions have ended.\n");
  }
  if (is_json) return text + "\n";
  FASTNESS_ASSIGN_OR_RETURN(const json::Value told, json::parse(text));
  if (action == Action::account_suspend) return suspended_text(told);
  if (action == Action::account_list) return accounts_text(told);
  return counted(integer_in(told, "sessions_ended"), "session") + " ended.\n";
}

}  // namespace fastness::supervisor
