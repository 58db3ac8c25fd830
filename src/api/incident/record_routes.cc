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

void write_members(json::Writer& out, const Incident& incident) {
  out.field("number", incident.number);
  out.field("opened_at", incident.opened_at);
  out.field("aware_at", incident.aware_at);
  out.field("reason", incident.reason);
  out.field_if("opened_by", incident.opened_by);
  out.field_if("closed_at", incident.closed_at);
  out.field_if("statement", incident.statement);
  write_steps(out, incident);
  write_deadlines(out, incident);
}

http::Response show(Status status, const Incident& incident) {
  return v1::object(status, [&](json::Writer& out) { write_members(out, incident); });
}

Answer list_incidents(const Parts& parts, const Call& /*call*/) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto incidents, parts.incidents.list(kListed));
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.field("restriction", to_text(parts.restrictions.level()));
    out.begin_array("incidents");
    for (const Incident& each : incidents) {
      out.begin_object();
      write_members(out, each);
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
  return show(Status::created, *begun);
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
  return show(Status::ok, *noted);
}

Answer close_incident(const Parts& parts, Call& call) {
  auto request = v1::read_body<v1::IncidentCloseRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto closed = parts.incidents.close(request->statement, parts.clock.now());
  if (!closed && closed.error().code == Errc::not_found) {
    return refuse(Status::not_found, "No incident is open.");
  }
  if (!closed) return refuse(closed);
  call.object = name_of(*closed);
  record_for_everybody(parts, "host.close_incident", call.object);
  return show(Status::ok, *closed);
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
}

}  // namespace fastness::api
