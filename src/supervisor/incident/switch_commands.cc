#include "supervisor/incident/switch_commands.h"

#include <algorithm>
#include <utility>

#include "json/text_in.h"
#include "json/value.h"
#include "json/writer.h"
#include "supervisor/admin_client.h"
#include "supervisor/answer_fields.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kSwitches = "/admin/v1/switches";

AdminRequest request_of(Action action, const SwitchCommand& command) {
  if (action == Action::switch_list) return {"GET", kSwitches, ""};
  json::Writer out;
  out.begin_object();
  if (!command.reason.empty()) out.field("reason", command.reason);
  out.end_object();
  const char* verb = action == Action::switch_off ? "/off" : "/on";
  return {"POST", std::string(kSwitches) + "/" + command.component + verb, std::move(out).text()};
}

// One line of what is on; of what is off also why, and what that means.
std::string as_text(const json::Value& component) {
  constexpr std::size_t kColumn = 17;
  const std::string name = json::text_in(component, "component");
  std::string out = name + std::string(kColumn - std::min(name.size(), kColumn - 1), ' ');
  if (flag_in(component, "is_on")) return out + "on\n";
  out += "off since " + json::text_in(component, "off_since") + ": " +
         json::text_in(component, "reason") + "\n";
  return out + std::string(kColumn, ' ') + json::text_in(component, "while_off") + "\n";
}

}  // namespace

Result<std::string> run_switch_command(const std::string& data_directory, Action action,
                                       const SwitchCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(std::string text,
                            tell_admin(data_directory, request_of(action, command)));
  if (command.form == OutputForm::json) return text + "\n";
  FASTNESS_ASSIGN_OR_RETURN(const json::Value told, json::parse(text));
  if (action != Action::switch_list) return as_text(told);
  std::string out;
  for (const json::Value& component : elements_in(told, "components")) out += as_text(component);
  return out;
}

}  // namespace fastness::supervisor
