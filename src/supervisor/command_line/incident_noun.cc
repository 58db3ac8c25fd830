#include <CLI/CLI.hpp>

#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kIncidentExamples = R"(
Examples:
  fastness host incident open --data-dir ~/fastness --reason "a login was stolen" --restrict read-only
  fastness host incident status --data-dir ~/fastness
  fastness host incident evidence ~/incident-1 --data-dir ~/fastness
  fastness host incident affected --data-dir ~/fastness --user me@example.org --since 7d

The whole way on one page: docs/incident.md.)";

constexpr const char* kOpenExample = R"(
Examples:
  fastness host incident open --data-dir ~/fastness --reason "a login was stolen"
  fastness host incident open --data-dir ~/fastness --reason "an API key leaked" --aware 3h --restrict no-newcomers

The clocks run from when somebody first knew of it (--aware), not from when it is typed.)";

constexpr const char* kStateExample = R"(
Examples:
  fastness host incident status --data-dir ~/fastness
  fastness host incident status --data-dir ~/fastness --all

Which clock of the law runs out when. Whether the law binds you it does not know: docs/incident.md.)";

constexpr const char* kNoteExample = R"(
Examples:
  fastness host incident note --data-dir ~/fastness "told Ada, who looks at the mail server"
  fastness host incident note --data-dir ~/fastness --did early-warning "to the CSIRT, number 17"

--did stops a clock, or starts one: early-warning, notification, data-protection, measure, final-report.)";

constexpr const char* kEvidenceExample = R"(
Examples:
  fastness host incident evidence ~/incident-1 --data-dir ~/fastness
  fastness host incident evidence ~/incident-1 --data-dir ~/fastness --since 2026-11-30

A new directory for your eyes: signed heads, trails with proofs, check-ups, settings, versions. It has
no secrets, but what people did. Everybody's audit trail says that it was taken.)";

constexpr const char* kAffectedExample = R"(
Examples:
  fastness host incident affected --data-dir ~/fastness --key fk0123456789abcdefghijABCDEFGHIJ
  fastness host incident affected --data-dir ~/fastness --user me@example.org --since 7d
  fastness host incident affected --data-dir ~/fastness --since 2026-11-30 --json

By the audit trail: which organisations, what was done, read and written, from where.)";

constexpr const char* kNotifyExample = R"(
Examples:
  fastness host incident notify --data-dir ~/fastness --text letter.txt --key fk0123456789abcdefghijABCDEFGHIJ --dry-run
  fastness host incident notify --data-dir ~/fastness --text letter.txt --everybody

By the sections mail and alarms, to each person once an incident. Whom it concerns is found as by
affected. May be run again: who has a letter gets no second one.)";

constexpr const char* kReportExample = R"(
Examples:
  fastness host incident report --data-dir ~/fastness > report.md
  fastness host incident report --data-dir ~/fastness --public > statement.md

Drafts, with what the record knows. What a person has to write stands there in brackets.)";

constexpr const char* kCloseExample = R"(
Examples:
  fastness host incident close --data-dir ~/fastness --statement-file statement.txt
  fastness host incident close --data-dir ~/fastness --statement "A login was stolen and used for an hour."

The statement is what everybody may be told; with --publish they are, at /status. Restrictions stay
until: fastness host restrict normal.)";

constexpr const char* kPublishExample = R"(
Examples:
  fastness host incident publish --data-dir ~/fastness
  fastness host incident publish --data-dir ~/fastness --incident 3 --statement-file statement.txt

At /status and in GET /api/v1/status, for whoever comes. Without a statement, the one that it was closed
with; with one, that takes the place of what was published. Plain text; an empty line parts paragraphs.)";

constexpr const char* kWithdrawExample = R"(
Example:
  fastness host incident withdraw --data-dir ~/fastness --incident 3

Takes it off the page. The record keeps what was said, and when.)";

CLI::Option* add_text(CLI::App& verb, const char* name, std::string& text, const char* help,
                      const char* type) {
  return verb.add_option(name, text, help)->type_name(type);
}

void add_since(CLI::App& verb, std::string& since) {
  add_text(verb, "--since", since, "of the trail: a time, a day, or how long ago: 36h, 7d", "WHEN");
}

// Whose doings are looked for, and when.
void add_question(CLI::App& verb, IncidentCommand& command) {
  add_text(verb, "--key", command.key, "what was done with this API key", "CLIENT-ID");
  add_text(verb, "--user", command.user, "what this person did, and with their keys", "ADDRESS");
  add_text(verb, "--organisation", command.organisation, "in this organisation only", "ID");
  add_since(verb, command.since);
  add_text(verb, "--until", command.until, "not after that", "WHEN");
}

}  // namespace

IncidentNoun::IncidentNoun(CLI::App& host, IncidentCommand& command) {
  CLI::App& incident =
      add_noun(host, "incident", "when something went wrong: the record, the clocks, the evidence",
               kIncidentExamples);
  CLI::App& open =
      verbs_.add(incident, Action::incident_open, "open", "begin the record of it", kOpenExample);
  add_text(open, "--reason", command.reason, "what happened, as far as it is known", "TEXT")
      ->required();
  add_text(open, "--by", command.by, "who looks after it", "NAME");
  add_text(open, "--aware", command.aware, "when somebody first knew; now if left out", "WHEN");
  add_text(open, "--restrict", command.level, "how much goes on meanwhile", "LEVEL")
      ->check(CLI::IsMember({"no-newcomers", "read-only", "devices-only", "status-only"}));
  verbs_
      .add(incident, Action::incident_status, "status",
           "what is open, what was done, which clock runs out when", kStateExample)
      .add_flag("--all", command.is_all, "those that are closed, too");
  CLI::App& note =
      verbs_.add(incident, Action::incident_note, "note", "write down what was done", kNoteExample);
  add_text(note, "text", command.text, "a line", "TEXT");
  add_text(note, "--did", command.did, "what of the law's list it was", "WHAT")
      ->check(CLI::IsMember(
          {"early-warning", "notification", "data-protection", "measure", "final-report"}));
  CLI::App& evidence = verbs_.add(incident, Action::incident_evidence, "evidence",
                                  "write what proves what happened", kEvidenceExample);
  add_text(evidence, "directory", command.directory, "a directory that is not there yet", "DIR")
      ->required();
  add_since(evidence, command.since);
  add_affected(incident, command);
  add_telling(incident, command);
  add_end(incident, command);
}

void IncidentNoun::add_affected(CLI::App& incident, IncidentCommand& command) {
  add_question(verbs_.add(incident, Action::incident_affected, "affected",
                          "whom it concerns, by the audit trail", kAffectedExample),
               command);
}

void IncidentNoun::add_telling(CLI::App& incident, IncidentCommand& command) {
  CLI::App& notify = verbs_.add(incident, Action::incident_notify, "notify",
                                "mail those whom it concerns", kNotifyExample);
  add_file(notify, "--text", command.file, "a file with what they are told");
  add_question(notify, command);
  notify.add_flag("--everybody", command.is_everybody, "instead of those who are affected");
  notify.add_flag("--dry-run", command.is_dry, "say how many, and write to nobody");
  add_yes(notify, command.is_agreed);
  verbs_
      .add_plain(incident, Action::incident_report, "report",
                 "a draft for the authority, or for everybody", kReportExample)
      .add_flag("--public", command.is_public, "what everybody may read");
}

void IncidentNoun::add_end(CLI::App& incident, IncidentCommand& command) {
  const auto add_statement = [&command](CLI::App& verb) {
    CLI::Option_group* statement = verb.add_option_group("What everybody may be told");
    statement->add_option("--statement", command.text, "the words")->type_name("TEXT");
    statement->add_option("--statement-file", command.file, "a file with the words")
        ->type_name("FILE");
    return statement;
  };
  const auto add_number = [&command](CLI::App& verb) {
    verb.add_option("--incident", command.number, "which; the newest that is closed if left out")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{2'147'483'647}))
        ->type_name("NUMBER");
  };
  CLI::App& close =
      verbs_.add(incident, Action::incident_close, "close", "end the record of it", kCloseExample);
  add_statement(close)->require_option(1);
  close.add_flag("--publish", command.publishes, "show the statement to everybody, at once");
  CLI::App& publish = verbs_.add(incident, Action::incident_publish, "publish",
                                 "show everybody a statement of it", kPublishExample);
  add_number(publish);
  add_statement(publish)->require_option(0, 1);
  add_number(verbs_.add(incident, Action::incident_withdraw, "withdraw",
                        "take the statement of it back", kWithdrawExample));
}

bool IncidentNoun::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  IncidentCommand& incident = command.incident;
  incident.form = verbs_.form();
  for (std::string* path : {&incident.directory, &incident.file}) {
    if (!path->empty()) *path = absolute(*path);
  }
  return true;
}

}  // namespace fastness::supervisor
