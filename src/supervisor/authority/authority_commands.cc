#include "supervisor/authority/authority_commands.h"

#include <iostream>
#include <optional>

#include <unistd.h>

#include "json/value.h"
#include "json/writer.h"
#include "os/terminal.h"
#include "supervisor/admin_client.h"
#include "supervisor/authority/authority_text.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kPath = "/admin/v1/ca";
constexpr const char* kNothingChanged = "Nothing was changed.\n";

// One order: where it goes, and what would happen.
struct Order {
  AdminRequest request;
  std::string plan;
};

std::string rotation_request(const AuthorityCommand& command,
                             const std::optional<Timestamp>& cut_off) {
  json::Writer out;
  out.begin_object();
  out.field("kind", command.is_emergency ? "emergency" : "routine");
  out.field("reason", command.reason);
  if (command.soak_minutes) out.field("soak_seconds", *command.soak_minutes * 60);
  out.field_if("board_cut_off", cut_off);
  out.end_object();
  return std::move(out).text();
}

std::string distrust_request(const std::optional<Timestamp>& cut_off) {
  json::Writer out;
  out.begin_object();
  out.field_if("board_cut_off", cut_off);
  out.end_object();
  return std::move(out).text();
}

std::string destroy_request(const AuthorityCommand& command) {
  json::Writer out;
  out.begin_object();
  out.field("known_devices", command.devices);
  out.end_object();
  return std::move(out).text();
}

std::string path_of(const AuthorityCommand& command, const char* verb) {
  return std::string(kPath) + "/generations/" + std::to_string(command.generation) + "/" + verb;
}

// Until when boards come in, if the command has to say so.
Result<std::optional<Timestamp>> cut_off_of(Action action, const AuthorityCommand& command,
                                            Timestamp now) {
  const bool has_none = action == Action::ca_rotate && !command.is_emergency;
  if (has_none && !command.cut_off.empty()) {
    return fail(Errc::invalid_argument,
                "--cut-off goes with --emergency: a routine rotation keeps every board");
  }
  if (command.is_emergency && command.soak_minutes) {
    return fail(Errc::invalid_argument,
                "--soak does not go with --emergency, which issues at once");
  }
  if (command.is_emergency && command.cut_off.empty()) {
    return fail(Errc::invalid_argument,
                "--emergency needs --cut-off, until when boards of the old generation come in: a "
                "number of days, a date, or never");
  }
  if (command.cut_off.empty()) return std::optional<Timestamp>();
  if (action != Action::ca_distrust) return parse_cut_off(command.cut_off, now);
  // Given again on the same day, as it is once two people have approved it, it is the same order.
  const Timestamp today = std::chrono::floor<std::chrono::days>(now);
  FASTNESS_ASSIGN_OR_RETURN(const auto cut_off, parse_cut_off(command.cut_off, today));
  return cut_off && *cut_off <= now ? parse_cut_off(command.cut_off, now) : cut_off;
}

Order make_order(Action action, const AuthorityCommand& command, const json::Value& authority,
                 const std::optional<Timestamp>& cut_off) {
  const std::string rotation = std::string(kPath) + "/rotation";
  switch (action) {
    case Action::ca_rotate:
      return {{"POST", rotation, rotation_request(command, cut_off)},
              plan_of_rotation(authority, command, cut_off)};
    case Action::ca_abort:
      return {{"DELETE", rotation, ""}, plan_of_abort(authority)};
    case Action::ca_unlock:
      return {{"DELETE", std::string(kPath) + "/lockdown", ""}, plan_of_unlock(authority)};
    case Action::ca_distrust:
      return {{"POST", path_of(command, "distrust"), distrust_request(cut_off)},
              plan_of_distrust(authority, command, cut_off)};
    default:
      return {{"POST", path_of(command, "destroy"), destroy_request(command)},
              plan_of_destruction(authority, command)};
  }
}

}  // namespace

Result<bool> confirm_at_terminal(const std::string& plan) {
  if (!os::is_terminal(STDIN_FILENO)) {
    return fail(Errc::invalid_argument,
                "nobody is here to be asked; say --yes if this is meant:\n" + plan);
  }
  std::cerr << plan << "Go on? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "yes";
}

Result<std::string> run_authority_command(const std::string& data_directory, Action action,
                                          const AuthorityCommand& command, const Clock& clock,
                                          const Confirm& confirm) {
  FASTNESS_ASSIGN_OR_RETURN(const auto cut_off, cut_off_of(action, command, clock.now()));
  FASTNESS_ASSIGN_OR_RETURN(std::string told, tell_admin(data_directory, {"GET", kPath, ""}));
  if (action != Action::ca_status) {
    FASTNESS_ASSIGN_OR_RETURN(const json::Value authority, json::parse(told));
    const Order order = make_order(action, command, authority, cut_off);
    if (!command.is_agreed) {
      FASTNESS_ASSIGN_OR_RETURN(const bool goes_on, confirm(order.plan));
      if (!goes_on) return std::string(kNothingChanged);
    }
    FASTNESS_ASSIGN_OR_RETURN(told, tell_admin(data_directory, order.request));
  }
  if (command.form == OutputForm::json) return told + "\n";
  FASTNESS_ASSIGN_OR_RETURN(const json::Value authority, json::parse(told));
  return authority_as_text(authority);
}

}  // namespace fastness::supervisor
