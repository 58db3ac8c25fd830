// /admin/v1/incidents: the record of what went wrong, for the person at the host.
#include <utility>

#include "api/incident/for_everybody.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "audit/audit_log.h"
#include "incident/record/deadlines.h"
#include "incident/record/incidents.h"
#include "incident/restriction/restrictions.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using incident::Deadline;
using incident::Incident;
using incident::Incidents;
using incident::Level;
using incident::Step;
using incident::StepKind;

constexpr std::size_t kListed = 100;

std::string name_of(const Incident& incident) {
  return "incident:" + std::to_string(incident.number);
}

void write_steps(json::Writer& out, const Incident& incident) {
  out.begin_array("steps");
  for (const Step& step : incident.steps) {
    out.begin_object();
    out.field("kind", to_text(step.kind));
    out.field("at", step.at);
    out.field_if("text", step.text);
    out.end_object();
  }
  out.end_array();
}

void write_deadlines(json::Writer& out, const Incident& incident) {
  out.begin_array("deadlines");
  for (const Deadline& deadline : incident::deadlines(incident)) {
    out.begin_object();
    out.field("duty", to_text(deadline.duty));
    out.field("what", deadline.what);
    out.field("law", deadline.law);
    out.field_if("due_at", deadline.due_at);
    out.field_if("done_at", deadline.done_at);
    out.end_object();
  }
  out.end_array();
}

void write_members(json::Writer& out, const Parts& parts, const Incident& incident) {
  out.field("number", incident.number);
  out.field("opened_at", incident.opened_at);
  out.field("aware_at", incident.aware_at);
  out.field("reason", incident.reason);
  out.field_if("opened_by", incident.opened_by);
  out.field_if("closed_at", incident.closed_at);
  out.field_if("statement", incident.statement);
  for (const Incidents::Statement& each : parts.incidents.published()) {
    if (each.incident == incident.number) out.field("published_at", each.published_at);
  }
  write_steps(out, incident);
  write_deadlines(out, incident);
}

http::Response show(const Parts& parts, Status status, const Incident& incident) {
  return v1::object(status, [&](json::Writer& out) { write_members(out, parts, incident); });
}

Answer list_incidents(const Parts& parts, const Call& /*call*/) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto incidents, parts.incidents.list(kListed));
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.field("restriction", to_text(parts.restrictions.level()));
    out.begin_array("incidents");
    for (const Incident& each : incidents) {
      out.begin_object();
      write_members(out, parts, each);
      out.end_object();
    }
    out.end_array();
  });
}

// What an incident restricts as it is opened; nothing if nothing was said.
Result<std::optional<Level>, Problem> wanted_level(const Parts& parts,
                                                   const std::optional<std::string>& text) {
  if (!text) return std::optional<Level>();
  auto level = incident::parse_level(*text);
  if (!level) return refuse(Status::bad_request, "There is no such level.", "restrict_to");
  if (*level < parts.restrictions.level()) {
    return refuse(Status::bad_request,
                  "More would go on than does now. Opening an incident lifts no restriction.",
                  "restrict_to");
  }
  return level;
}

Unexpected<Problem> refuse_for_disk(std::optional<Level> restricted) {
  return refuse(Status::service_unavailable,
                restricted ? "The disk did not take this, so no incident is open. The restriction "
                             "is in force all the same, until the server ends."
                           : "The disk did not take this, so no incident is open.");
}

// The restriction comes first: it holds even if nothing can be written down.
Answer open_incident(const Parts& parts, Call& call) {
  auto request = v1::read_body<v1::IncidentRequest>(call);
  if (!request) return propagate(std::move(request));
  const Timestamp now = parts.clock.now();
  const Incidents::Opening opening{request->reason, request->opened_by.value_or(""),
                                   request->aware_at};
  auto level = wanted_level(parts, request->restrict_to);
  if (!level) return propagate(std::move(level));
  FASTNESS_REFUSE_IF_ERROR(Incidents::check(opening, now));
  // A record that cannot be read is no reason to go on as before.
  const auto open = parts.incidents.current();
  if (open && *open) {
    return refuse(Status::conflict, "An incident is open: note it there, or close that one first.");
  }
  if (*level) {
    const auto ordered = parts.restrictions.order(**level, opening.reason, now);
    record_for(parts, OrganisationId(Uuid(Uuid::Bytes{})), "host.restrict",
               "restriction:" + std::string(to_text(**level)));
    if (!ordered) return refuse_for_disk(*level);
  }
  auto begun = parts.incidents.begin(opening, now);
  if (begun && *level) {
    begun = parts.incidents.note(StepKind::restriction, to_text(**level), now);
  }
  if (!begun) return refuse_for_disk(*level);
  call.object = name_of(*begun);
  record_for_everybody(parts, "host.open_incident", call.object);
  return show(parts, Status::created, *begun);
}

Answer note_step(const Parts& parts, Call& call) {
  auto request = v1::read_body<v1::IncidentNoteRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto kind = incident::parse_noted(request->did.value_or("note"));
  if (!kind) return refuse(Status::bad_request, "That is nothing that is noted.", "did");
  const auto noted = parts.incidents.note(*kind, request->text.value_or(""), parts.clock.now());
  if (!noted && noted.error().code == Errc::not_found) {
    return refuse(Status::not_found, "No incident is open.");
  }
  if (!noted) return refuse(noted);
  call.object = name_of(*noted);
  return show(parts, Status::ok, *noted);
}

Unexpected<Problem> refuse_statement(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
      return refuse(Status::not_found, "No statement: " + error.message + ".");
    case Errc::invalid_argument:
      return refuse(Status::bad_request, "No statement: " + error.message + ".", "statement");
    default:
      return refuse(Status::service_unavailable, "The disk did not take this.");
  }
}

// The person at the host decides what is published, and when: nothing is by itself.
Answer publish_statement(const Parts& parts, Call& call) {
  auto request = v1::read_body<v1::StatementRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto published = parts.incidents.publish(request->incident, request->statement.value_or(""),
                                                 parts.clock.now());
  if (!published) return refuse_statement(published.error());
  call.object = name_of(*published);
  record_for_everybody(parts, "host.publish_statement", call.object);
  return show(parts, Status::ok, *published);
}

Answer withdraw_statement(const Parts& parts, Call& call) {
  auto request = v1::read_body<v1::WithdrawRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto withdrawn = parts.incidents.withdraw(request->incident, parts.clock.now());
  if (!withdrawn) return refuse_statement(withdrawn.error());
  call.object = name_of(*withdrawn);
  record_for_everybody(parts, "host.withdraw_statement", call.object);
  return show(parts, Status::ok, *withdrawn);
}

Answer close_incident(const Parts& parts, Call& call) {
  auto request = v1::read_body<v1::IncidentCloseRequest>(call);
  if (!request) return propagate(std::move(request));
  // Before anything is closed: what cannot be published is to be seen while it can be mended.
  if (request->publish.value_or(false)) {
    const auto fit = Incidents::check_to_publish(request->statement);
    if (!fit) return refuse_statement(fit.error());
  }
  const auto closed = parts.incidents.close(request->statement, parts.clock.now());
  if (!closed && closed.error().code == Errc::not_found) {
    return refuse(Status::not_found, "No incident is open.");
  }
  if (!closed) return refuse(closed);
  call.object = name_of(*closed);
  record_for_everybody(parts, "host.close_incident", call.object);
  if (!request->publish.value_or(false)) return show(parts, Status::ok, *closed);
  const auto published = parts.incidents.publish(closed->number, "", parts.clock.now());
  if (!published) return refuse_statement(published.error());
  record_for(parts, OrganisationId(Uuid(Uuid::Bytes{})), "host.publish_statement", call.object);
  record_for_everybody(parts, "host.publish_statement", call.object);
  return show(parts, Status::ok, *closed);
}

}  // namespace

void add_incident_record_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/admin/v1/incidents", host_only(), "", on(parts, list_incidents));
  routes.add(Method::post, "/admin/v1/incidents", host_only(), "host.open_incident",
             on(parts, open_incident));
  routes.add(Method::post, "/admin/v1/incidents/notes", host_only(), "host.note_incident",
             on(parts, note_step));
  routes.add(Method::post, "/admin/v1/incidents/close", host_only(), "host.close_incident",
             on(parts, close_incident));
  routes.add(Method::put, "/admin/v1/incidents/statement", host_only(), "host.publish_statement",
             on(parts, publish_statement));
  routes.add(Method::post, "/admin/v1/incidents/statement/withdraw", host_only(),
             "host.withdraw_statement", on(parts, withdraw_statement));
}

}  // namespace fastness::api
