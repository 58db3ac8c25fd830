#include "supervisor/incident/report.h"

#include "base/minute_text.h"
#include "json/text_in.h"
#include "json/value.h"
#include "supervisor/answer_fields.h"

namespace fastness::supervisor {
namespace {

// A blank that no reader can take for a text.
std::string blank(const std::string& what) {
  return "[WRITE: " + what + "]";
}

// The open one is the newest: one is open at a time.
const json::Value* newest(const json::Value& list) {
  const auto incidents = elements_in(list, "incidents");
  return incidents.empty() ? nullptr : &incidents.front();
}

std::string words_for_step(const json::Value& step) {
  const std::string kind = text_in(step, "kind");
  std::string text = text_in(step, "text");
  if (kind == "restriction") return "the server was restricted: " + text;
  if (kind == "evidence") return "evidence was kept; " + text;
  if (kind == "search") return "the audit trail was searched for whom it concerns: " + text;
  if (kind == "note") return text;
  return kind + (text.empty() ? "" : ": " + text);
}

std::string course_of(const json::Value& incident) {
  std::string out = "- " + minute_in(incident, "aware_at") + ": somebody first knew\n- " +
                    minute_in(incident, "opened_at") + ": the record of it was opened\n";
  for (const json::Value& step : elements_in(incident, "steps")) {
    out += "- " + minute_in(step, "at") + ": " + words_for_step(step) + "\n";
  }
  const std::string closed = minute_in(incident, "closed_at");
  if (!closed.empty()) out += "- " + closed + ": it was closed\n";
  return out;
}

std::string duties_of(const json::Value& incident) {
  std::string out;
  for (const json::Value& each : elements_in(incident, "deadlines")) {
    const std::string done = minute_in(each, "done_at");
    const std::string due = minute_in(each, "due_at");
    out += "| " + text_in(each, "what") + " | " + text_in(each, "law") + " | " +
           (due.empty() ? "a measure is not there yet" : due) + " | " +
           (done.empty() ? "no" : done) + " |\n";
  }
  return out;
}

// What CRA, Art. 14, NIS 2, Art. 23(4), and GDPR, Art. 33(3), ask for.
std::string for_authority(const json::Value& incident, const std::string& level, Timestamp now) {
  return "# Report of an incident: draft of " + minute_text(now) +
         "\n\nMade from the record of the server. What is in brackets a person has to write.\n\n"
         "## Who reports\n\n- Who runs the server: " +
         blank("name, address, country") + "\n- Whom to ask: " + blank("name, telephone, mail") +
         "\n- Looks after it: " +
         (text_in(incident, "opened_by").empty() ? blank("who") : text_in(incident, "opened_by")) +
         "\n- Product: Fastness, version " FASTNESS_VERSION "\n- This report: " +
         blank("early warning, notification, or final report") +
         "\n\n## What happened\n\n- Number in the record: " +
         std::to_string(integer_in(incident, "number")) +
         "\n- In a line: " + text_in(incident, "reason") +
         "\n- First known: " + minute_in(incident, "aware_at") + "\n- Kind: " +
         blank("a hole that is exploited, a severe incident, or a breach of personal data") +
         "\n- Is it thought to be unlawful or malicious: " + blank("yes, no, not known yet") +
         "\n- Other countries that it may concern: " + blank("which, or none known") +
         "\n- How they came in, and why they could: " + blank("the hole, the way, its cause") +
         "\n- How severe it is, and what it did: " + blank("what was read, changed or lost") +
         "\n\n## Whom it concerns\n\n- Organisations and people: " +
         blank("how many; fastness host incident affected") +
         "\n- Kinds of data and how many: " + blank("which; the same command says what was read") +
         "\n- What it may lead to for them: " + blank("likely consequences") +
         "\n- Were they told: " + blank("when and how, or why not") + "\n\n## What was done\n\n" +
         course_of(incident) + "- The server goes on as: " + level +
         "\n- What people can do themselves: " + blank("measures for users, or none needed") +
         "\n- What is still to be done: " + blank("planned measures") +
         "\n\n## What has to be told by when, if it binds us\n\n"
         "| what | law | by | done |\n|---|---|---|---|\n" +
         duties_of(incident);
}

// Nothing of the record's own words: they are for operators.
std::string for_everybody(const json::Value& incident) {
  const std::string closed = minute_in(incident, "closed_at");
  return "# What happened on this server\n\n" +
         blank("what happened, in two sentences without excuses") + "\n\nWe knew of it from " +
         minute_in(incident, "aware_at") + " on. " +
         (closed.empty() ? "It is not over." : "It was over at " + closed + ".") +
         "\n\n## Whom it concerns\n\n" + blank("who, and how they can tell") +
         "\n\n## What was read or changed, and what was not\n\n" + blank("kinds of data") +
         "\n\n## What we did\n\n" + blank("measures, with their times") +
         "\n\n## What you can do\n\n" +
         blank("look at Audit in the console; end sessions and keys; a new password") +
         "\n\n## Whom to ask\n\n" + blank("address") + "\n";
}

}  // namespace

Result<std::string> report_draft(const json::Value& list, Reader reader, Timestamp now) {
  const json::Value* incident = newest(list);
  if (incident == nullptr) return fail(Errc::not_found, "there was no incident to report");
  if (reader == Reader::everybody) return for_everybody(*incident);
  return for_authority(*incident, text_in(list, "restriction"), now);
}

}  // namespace fastness::supervisor
