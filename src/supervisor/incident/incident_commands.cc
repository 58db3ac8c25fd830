#include "supervisor/incident/incident_commands.h"

#include <optional>
#include <utility>

#include "base/bytes.h"
#include "json/value.h"
#include "json/writer.h"
#include "supervisor/answer_fields.h"
#include "supervisor/incident/incident_text.h"
#include "supervisor/incident/report.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kIncidents = "/admin/v1/incidents";
constexpr std::size_t kTextFile = 16'384;  // what is longer is no statement and no letter

// As a person wrote it; nothing if they wrote nothing.
Result<std::optional<Timestamp>> past(const std::string& text, Timestamp now) {
  if (text.empty()) return std::optional<Timestamp>();
  FASTNESS_ASSIGN_OR_RETURN(const Timestamp time, parse_past(text, now));
  return std::optional(time);
}

// The answer as it came, or in the words that `as_text` makes of it.
template <typename AsText>
Result<std::string> told(const IncidentWorld& world, const IncidentCommand& command,
                         const AdminRequest& request, AsText as_text) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, world.tell(request));
  if (command.form == OutputForm::json) return text + "\n";
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, json::parse(text));
  return std::string(as_text(answer));
}

Result<std::string> told_incident(const IncidentWorld& world, const IncidentCommand& command,
                                  const std::string& path, json::Writer body) {
  return told(
      world, command, {"POST", path, std::move(body).text()},
      [&world](const json::Value& answer) { return incident_as_text(answer, world.clock.now()); });
}

Result<std::string> open_incident(const IncidentCommand& command, const IncidentWorld& world) {
  FASTNESS_ASSIGN_OR_RETURN(const auto aware, past(command.aware, world.clock.now()));
  json::Writer body;
  body.begin_object();
  body.field("reason", command.reason);
  body.field_if("opened_by", command.by);
  body.field_if("aware_at", aware);
  body.field_if("restrict_to", command.level);
  body.end_object();
  return told_incident(world, command, kIncidents, std::move(body));
}

Result<std::string> note_step(const IncidentCommand& command, const IncidentWorld& world) {
  json::Writer body;
  body.begin_object();
  body.field_if("text", command.text);
  body.field_if("did", command.did);
  body.end_object();
  return told_incident(world, command, std::string(kIncidents) + "/notes", std::move(body));
}

// What a person wrote into a file, or behind an option.
Result<std::string> words_of(const IncidentCommand& command, const IncidentWorld& world) {
  if (command.file.empty()) return command.text;
  FASTNESS_ASSIGN_OR_RETURN(const Bytes bytes, os::read_file(world.files, command.file, kTextFile));
  std::string text(as_text(bytes));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<std::string> close_incident(const IncidentCommand& command, const IncidentWorld& world) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string statement, words_of(command, world));
  json::Writer body;
  body.begin_object();
  body.field("statement", statement);
  if (command.publishes) body.field("publish", true);
  body.end_object();
  return told_incident(world, command, std::string(kIncidents) + "/close", std::move(body));
}

Result<std::string> publish_statement(const IncidentCommand& command, const IncidentWorld& world) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string statement, words_of(command, world));
  // An empty file is a slip; what the record has is published if nothing is said.
  if (statement.empty() && !command.file.empty()) {
    return fail(Errc::invalid_argument, command.file + " is empty");
  }
  json::Writer body;
  body.begin_object();
  body.field_if("incident", command.number);
  body.field_if("statement", statement);
  body.end_object();
  return told(world, command,
              {"PUT", std::string(kIncidents) + "/statement", std::move(body).text()},
              [](const json::Value& answer) {
                return "Everybody reads it at /status now: the statement of incident " +
                       std::to_string(integer_in(answer, "number")) + ".\n";
              });
}

Result<std::string> withdraw_statement(const IncidentCommand& command, const IncidentWorld& world) {
  json::Writer body;
  body.begin_object();
  body.field_if("incident", command.number);
  body.end_object();
  return told(world, command,
              {"POST", std::string(kIncidents) + "/statement/withdraw", std::move(body).text()},
              [](const json::Value& answer) {
                return "Nobody reads the statement of incident " +
                       std::to_string(integer_in(answer, "number")) + " any more.\n";
              });
}

Result<std::string> incident_status(const IncidentCommand& command, const IncidentWorld& world) {
  return told(world, command, {"GET", kIncidents, ""}, [&](const json::Value& answer) {
    return incidents_as_text(answer, command.is_all, world.clock.now());
  });
}

// Whose doings are looked for, and when, as an object.
Result<std::string> question_text(const IncidentCommand& command, Timestamp now) {
  FASTNESS_ASSIGN_OR_RETURN(const auto since, past(command.since, now));
  FASTNESS_ASSIGN_OR_RETURN(const auto until, past(command.until, now));
  json::Writer body;
  body.begin_object();
  body.field_if("key", command.key);
  body.field_if("user", command.user);
  body.field_if("organisation", command.organisation);
  body.field_if("since", since);
  body.field_if("until", until);
  body.end_object();
  return std::move(body).text();
}

Result<std::string> find_affected(const IncidentCommand& command, const IncidentWorld& world) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string question, question_text(command, world.clock.now()));
  return told(world, command, {"POST", "/admin/v1/affected", question}, affected_as_text);
}

bool names_somebody(const IncidentCommand& command) {
  return !(command.key + command.user + command.organisation + command.since).empty();
}

Result<std::string> letters_request(const IncidentCommand& command, const IncidentWorld& world,
                                    bool is_dry) {
  if (command.is_everybody == names_somebody(command)) {
    return fail(Errc::invalid_argument,
                "say whom: --everybody, or --key, --user, --organisation or --since of those "
                "who are affected");
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, words_of(command, world));
  FASTNESS_ASSIGN_OR_RETURN(const std::string question, question_text(command, world.clock.now()));
  json::Writer body;
  body.begin_object();
  body.field("text", text);
  if (command.is_everybody) {
    body.field("everybody", true);
  } else {
    body.key("affected");
    body.raw(question);
  }
  body.field("dry_run", is_dry);
  body.end_object();
  return std::move(body).text();
}

// Says how many that would be, and asks, before anybody is written to.
Result<std::string> notify(const IncidentCommand& command, const IncidentWorld& world) {
  const std::string path = std::string(kIncidents) + "/letters";
  if (!command.is_agreed || command.is_dry) {
    IncidentCommand asking = command;
    if (!command.is_dry) asking.form = OutputForm::text;  // a person reads it
    FASTNESS_ASSIGN_OR_RETURN(std::string dry, letters_request(command, world, true));
    FASTNESS_ASSIGN_OR_RETURN(std::string plan,
                              told(world, asking, {"POST", path, std::move(dry)}, letters_as_text));
    if (command.is_dry) return plan;
    FASTNESS_ASSIGN_OR_RETURN(const bool goes_on, world.confirm(plan));
    if (!goes_on) return std::string("Nobody was written to.\n");
  }
  FASTNESS_ASSIGN_OR_RETURN(std::string request, letters_request(command, world, false));
  return told(world, command, {"POST", path, std::move(request)}, letters_as_text);
}

Result<std::string> draft_report(const IncidentCommand& command, const IncidentWorld& world) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, world.tell({"GET", kIncidents, ""}));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value list, json::parse(text));
  const Reader reader = command.is_public ? Reader::everybody : Reader::authority;
  return report_draft(list, reader, world.clock.now());
}

std::string evidence_as_json(const std::string& directory, const Evidence& taken) {
  json::Writer out;
  out.begin_object();
  out.field("directory", directory);
  out.field("manifest_sha256", taken.manifest_sha256);
  out.begin_array("missing");
  for (const std::string& each : taken.missing) out.value(each);
  out.end_array();
  out.end_object();
  return std::move(out).text() + "\n";
}

Result<std::string> write_evidence(const IncidentCommand& command, const IncidentWorld& world) {
  FASTNESS_ASSIGN_OR_RETURN(const auto since, past(command.since, world.clock.now()));
  FASTNESS_ASSIGN_OR_RETURN(
      const Evidence taken,
      take_evidence({command.directory, since, world.configuration, world.programs}, world.tell,
                    world.files, world.clock));
  if (command.form == OutputForm::json) return evidence_as_json(command.directory, taken);
  std::string out = command.directory + "\nSHA-256 of MANIFEST: " + taken.manifest_sha256 + "\n";
  for (const std::string& each : taken.missing) out += "missing: " + each + "\n";
  return out + "Read its README.md: it says how to take the log along, and how all is checked.\n";
}

}  // namespace

Result<std::string> run_incident_command(Action action, const IncidentCommand& command,
                                         const IncidentWorld& world) {
  switch (action) {
    case Action::incident_open:
      return open_incident(command, world);
    case Action::incident_note:
      return note_step(command, world);
    case Action::incident_close:
      return close_incident(command, world);
    case Action::incident_publish:
      return publish_statement(command, world);
    case Action::incident_withdraw:
      return withdraw_statement(command, world);
    case Action::incident_evidence:
      return write_evidence(command, world);
    case Action::incident_affected:
      return find_affected(command, world);
    case Action::incident_notify:
      return notify(command, world);
    case Action::incident_report:
      return draft_report(command, world);
    default:
      return incident_status(command, world);
  }
}

}  // namespace fastness::supervisor
