// /admin/v1/evidence: what an instance can say for itself, for the person at the host who keeps it
// as evidence. Who was told of the order may read; each trail says that it was read.
#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "accounts/accounts.h"
#include "api/checks/organisation_checks.h"
#include "api/incident/for_everybody.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/v1/audit/proven_entries.h"
#include "api/v1/body.h"
#include "audit/access_tally.h"
#include "audit/audit_log.h"
#include "identity/identity.h"
#include "incident/record/incidents.h"
#include "ledger/note.h"

namespace fastness::api {
namespace {

using audit::AuditLog;
using http::Method;
using http::Status;
using v1::object;

constexpr std::int64_t kLastEntry = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kPage = 50;  // fits an answer of the admin socket, however long its texts are
constexpr std::chrono::hours kGoodFor{1};

// Whose trail has what is nobody else's.
OrganisationId the_host() {
  return OrganisationId(Uuid(Uuid::Bytes{}));
}

// The order by which trails are read; one at a time.
struct EvidenceOrder {
  std::optional<Uuid> id;
  Timestamp until{};
  std::uint64_t size = 0;  // of the trail that was signed
};

Result<AuditLog::Checkpoint, Problem> signed_trail(const Parts& parts) {
  FASTNESS_ASSIGN_OR_REFUSE(auto checkpoint, parts.audit.last_checkpoint());
  if (checkpoint) return std::move(*checkpoint);
  return refuse(Status::not_found, "Nothing of the trail was signed yet: ask again in a minute.");
}

void write_organisations(json::Writer& out, const std::vector<accounts::Organisation>& all) {
  out.begin_array("organisations");
  for (const accounts::Organisation& each : all) out.value(each.id.value());
  out.end_array();
}

// `from` of a trail that has nothing since then is its size: then there is nothing to prove.
Answer begin_evidence(const Parts& parts, audit::AccessTally& accesses, EvidenceOrder& order,
                      Call& call) {
  auto request = v1::read_body<v1::EvidenceRequest>(call);
  if (!request) return propagate(std::move(request));
  accesses.write_all();
  FASTNESS_ASSIGN_OR_REFUSE(const auto trail, signed_trail(parts));
  FASTNESS_ASSIGN_OR_REFUSE(const auto ledger, parts.identity.checkpoint());
  FASTNESS_ASSIGN_OR_REFUSE(const auto organisations, parts.accounts.users().organisations());
  FASTNESS_ASSIGN_OR_REFUSE(std::uint64_t from,
                            parts.audit.first_since(request->since.value_or(Timestamp())));
  from = std::min(from, trail.head.size);
  std::vector<crypto::Digest> consistency;
  if (from > 0) {
    FASTNESS_ASSIGN_OR_REFUSE(consistency, parts.audit.prove_consistency(from, trail.head.size));
  }
  order = {random_uuid(parts.random), parts.clock.now() + kGoodFor, trail.head.size};
  call.object = "evidence:" + order.id->to_text();
  record_for_everybody(parts, "host.take_evidence", call.object);
  return object(Status::created, [&](json::Writer& out) {
    out.field("id", *order.id);
    out.field("host_organisation", the_host().value());
    write_organisations(out, organisations);
    if (parts.configuration) out.field("configuration", parts.configuration());
    out.begin_object("ledger");
    out.field("key", parts.identity.ledger_key().to_text());
    out.field("checkpoint", ledger);
    out.end_object();
    out.begin_object("audit");
    out.field("key", parts.audit.key().to_text());
    out.field("checkpoint", trail.note);
    out.field("size", trail.head.size);
    out.field("from", from);
    v1::write_proof_hashes(out, consistency);
    out.end_object();
  });
}

Result<OrganisationId, Problem> ordered_organisation(const Parts& parts, const EvidenceOrder& order,
                                                     const Call& call) {
  const auto id = call.id<Uuid>("id");
  if (!id) return Unexpected<Problem>{id.error()};
  if (order.id != *id || parts.clock.now() >= order.until) {
    return refuse(Status::not_found, "This order is over: take the evidence anew.");
  }
  return call.id<OrganisationId>("organisation");
}

Answer evidence_trail(const Parts& parts, const EvidenceOrder& order, const Call& call) {
  const auto organisation = ordered_organisation(parts, order, call);
  if (!organisation) return Unexpected<Problem>{organisation.error()};
  FASTNESS_ASSIGN_OR_REFUSE(const auto from, query_integer(call, "from", {0, kLastEntry, 0}));
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto entries,
      parts.audit.prove(*organisation, static_cast<std::uint64_t>(from), order.size, kPage));
  return object(Status::ok, [&](json::Writer& out) { v1::write_proven_page(out, entries, kPage); });
}

Answer evidence_checks(const Parts& parts, const EvidenceOrder& order, const Call& call) {
  const auto organisation = ordered_organisation(parts, order, call);
  if (!organisation) return Unexpected<Problem>{organisation.error()};
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.users().organisation(*organisation));
  return check_up_of(parts, *organisation);
}

// That it was taken, and its digest, so that a bundle that turns up later is known again.
Answer end_evidence(const Parts& parts, EvidenceOrder& order, Call& call) {
  auto request = v1::read_body<v1::EvidenceEndRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto id = call.id<Uuid>("id");
  if (!id || order.id != *id) return refuse(Status::not_found, {});
  const auto digest = from_hex(request->manifest_sha256);
  if (!digest || digest->size() != crypto::Digest().size()) {
    return refuse(Status::bad_request, "is no SHA-256 in hex", "manifest_sha256");
  }
  order = {};
  call.object = "manifest:" + request->manifest_sha256;
  const auto noted =
      parts.incidents.note(incident::StepKind::evidence,
                           "SHA-256 of MANIFEST: " + request->manifest_sha256, parts.clock.now());
  // Evidence is taken without an incident, too: of a drill, or before one is opened.
  if (!noted && noted.error().code != Errc::not_found) return refuse(noted);
  return http::Response::empty(Status::no_content);
}

}  // namespace

void add_evidence_routes(RouteList& routes, Parts& parts, audit::AccessTally& accesses) {
  const auto order = std::make_shared<EvidenceOrder>();
  routes.add(Method::post, "/admin/v1/evidence", host_only(), "host.take_evidence",
             [&parts, &accesses, order](Call& call) {
               return begin_evidence(parts, accesses, *order, call);
             });
  routes.add(Method::get, "/admin/v1/evidence/{id}/organisations/{organisation}/trail", host_only(),
             "", [&parts, order](Call& call) { return evidence_trail(parts, *order, call); });
  routes.add(Method::get, "/admin/v1/evidence/{id}/organisations/{organisation}/checks",
             host_only(), "",
             [&parts, order](Call& call) { return evidence_checks(parts, *order, call); });
  routes.add(Method::post, "/admin/v1/evidence/{id}/end", host_only(), "host.end_evidence",
             [&parts, order](Call& call) { return end_evidence(parts, *order, call); });
}

}  // namespace fastness::api
