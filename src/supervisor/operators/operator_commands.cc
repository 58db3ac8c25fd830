#include "supervisor/operators/operator_commands.h"

#include <utility>

#include "json/text_in.h"
#include "json/value.h"
#include "json/writer.h"
#include "supervisor/admin_client.h"
#include "supervisor/answer_fields.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kOperators = "/admin/v1/operators";

std::string email_body(const OperatorCommand& command) {
  json::Writer out;
  out.begin_object();
  out.field("email", command.email);
  out.end_object();
  return std::move(out).text();
}

AdminRequest operator_request(Action action, const OperatorCommand& command) {
  switch (action) {
    case Action::operator_add:
      return {"POST", kOperators, email_body(command)};
    case Action::operator_remove:
      return {"POST", std::string(kOperators) + "/remove", email_body(command)};
    case Action::operator_end:
      return {"DELETE", "/admin/v1/grants/" + command.grant, ""};
    case Action::operator_seal:
      return {"POST", "/admin/v1/break-glass", ""};
    default:
      return {"GET", kOperators, ""};
  }
}

std::string email_of(const json::Value& object, std::string_view name) {
  const json::Value* person = object.find(name);
  if (person == nullptr) return {};
  const std::string email = text_in(*person, "email");
  return email.empty() ? text_in(*person, "user_id") : email;
}

std::string how_it_is(const json::Value& grant) {
  const std::string state = text_in(grant, "state");
  const std::string until = minute_in(grant, "until");
  if (state == "waiting") return "waits until " + until;
  if (state == "live") return "in until " + until;
  return state + " " + until;
}

std::string by_whom(const json::Value& grant) {
  const std::string how = text_in(grant, "granted_by");
  if (how.empty()) return {};
  if (how == "break_glass") return ", let in by two of the sealed codes";
  return how == "operator" ? ", let in by another operator" : ", let in by the organisation";
}

std::string grant_lines(const json::Value& grant) {
  std::string scopes;
  for (const json::Value& each : elements_in(grant, "scopes")) {
    const auto* text = each.get<std::string>();
    if (text != nullptr) scopes += " " + *text;
  }
  return "  " + minute_in(grant, "asked_at") + "  " + email_of(grant, "operator") + ": " +
         how_it_is(grant) + by_whom(grant) + "\n    " + text_in(grant, "id") +
         "\n    organisation " + text_in(grant, "organisation_id") + ":" + scopes + "\n    " +
         text_in(grant, "reason") + "\n";
}

std::string operator_line(const json::Value& each) {
  const std::string seen = minute_in(each, "seen_at");
  return "  " + text_in(each, "email") + ", since " + minute_in(each, "since") +
         (flag_in(each, "has_passkey") ? "" : ", without a passkey: signs nothing") +
         (seen.empty() ? ", not signed in" : ", seen " + seen) + "\n";
}

std::string sealed_codes_text(const json::Value& told) {
  std::string out =
      "Two of these let an operator in when nobody can be asked. Write each on a paper of its\n"
      "own and seal it. They are shown this once, and end those made before.\n\n";
  for (const json::Value& each : elements_in(told, "codes")) {
    const auto* code = each.get<std::string>();
    if (code != nullptr) out += "  " + *code + "\n";
  }
  return out;
}

std::string added_text(const json::Value& told) {
  std::string out = "Added. They are let into nothing by it.\n";
  if (!flag_in(told, "has_passkey")) {
    out += "They have no passkey yet, and need one to ask or approve: page Account.\n";
  }
  return out;
}

}  // namespace

std::string review_text(const json::Value& told) {
  const auto operators = elements_in(told, "operators");
  const auto grants = elements_in(told, "grants");
  std::string out = operators.empty() ? "No operators.\n" : "Operators\n";
  for (const json::Value& each : operators) out += operator_line(each);
  out += flag_in(told, "has_sealed_codes")
             ? "Codes are sealed.\n"
             : "No codes are sealed: fastness host operator seal-codes.\n";
  out += grants.empty() ? "Nobody asked to be let in anywhere.\n" : "\nAccess, the newest first\n";
  for (const json::Value& each : grants) out += grant_lines(each);
  return out;
}

Result<std::string> run_operator_command(const std::string& data_directory, Action action,
                                         const OperatorCommand& command, const Confirm& confirm) {
  if (action == Action::operator_seal && !command.is_agreed) {
    FASTNESS_ASSIGN_OR_RETURN(
        const bool goes_on,
        confirm("Makes three codes and prints them here. Those that were made before end.\n"));
    if (!goes_on) return std::string("Nothing was changed.\n");
  }
  FASTNESS_ASSIGN_OR_RETURN(std::string text,
                            tell_admin(data_directory, operator_request(action, command)));
  if (action == Action::operator_remove) return std::string("They are no operator any more.\n");
  if (action == Action::operator_end) return std::string("It has ended.\n");
  if (command.form == OutputForm::json) return text + "\n";
  FASTNESS_ASSIGN_OR_RETURN(const json::Value told, json::parse(text));
  if (action == Action::operator_add) return added_text(told);
  return action == Action::operator_seal ? sealed_codes_text(told) : review_text(told);
}

}  // namespace fastness::supervisor
