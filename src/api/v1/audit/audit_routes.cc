// The audit trail: what was done, proofs of it for strangers, and who accessed data. docs/audit.md
// says what is in each document; src/client reads them.
#include <limits>

#include "api/query.h"
#include "api/routes.h"
#include "api/v1/audit/proven_entries.h"
#include "api/v1/body.h"
#include "api/v1/views.h"
#include "audit/access_tally.h"
#include "audit/audit_log.h"
#include "ledger/checkpoint.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using audit::AccessTally;
using audit::AuditLog;
using http::Method;
using http::Status;
using v1::object;

constexpr std::int64_t kLastEntry = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNotGiven = -1;
// Each has some twenty hashes: a page of these is as long as a full one of the list.
constexpr std::int64_t kMaxProofs = 200;

Result<std::uint64_t, Problem> needed_count(const Call& call, std::string_view name) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto value,
                            query_integer(call, name, {0, kLastEntry, kNotGiven}));
  if (value == kNotGiven) {
    return refuse(Status::bad_request, "is needed: how many entries a checkpoint covers",
                  std::string(name));
  }
  return static_cast<std::uint64_t>(value);
}

struct Page {
  std::size_t limit;
  std::uint64_t before;
};
Result<Page, Problem> page_of(const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto limit, query_integer(call, "limit", {1, std::int64_t{AuditLog::kMaxPage}, 100}));
  FASTNESS_ASSIGN_OR_REFUSE(const auto before,
                            query_integer(call, "before", {0, kLastEntry, kLastEntry}));
  return Page{static_cast<std::size_t>(limit), static_cast<std::uint64_t>(before)};
}

Answer audit_page(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const Page page, page_of(call));
  FASTNESS_ASSIGN_OR_REFUSE(const auto entries,
                            parts.audit.list(call.caller.organisation, page.limit, page.before));
  FASTNESS_ASSIGN_OR_REFUSE(const auto checkpoint, parts.audit.last_checkpoint());
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("entries");
    for (const audit::Entry& entry : entries) {
      out.begin_object();
      out.field("seq", entry.seq);
      out.field("time", entry.time);
      v1::write_members(out, entry.event);
      out.end_object();
    }
    out.end_array();
    if (!checkpoint) return;
    out.begin_object("checkpoint");
    out.field("size", checkpoint->head.size);
    out.field("root", checkpoint->head.root);
    out.field("note", checkpoint->note);
    out.field("signed_at", checkpoint->signed_at);
    out.end_object();
  });
}

// The trail as it was last signed, which is each minute.
Answer audit_checkpoint(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto last, parts.audit.last_checkpoint());
  if (!last) {
    return refuse(Status::not_found, "Nothing of the trail was signed yet: ask again in a minute.");
  }
  return object(Status::ok, [&](json::Writer& out) {
    out.field("key", parts.audit.key().to_text());
    out.field("organisation", call.caller.organisation.value());
    out.field("size", last->head.size);
    out.field("checkpoint", last->note);
    out.field("signed_at", last->signed_at);
  });
}

Answer audit_proofs(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto size, needed_count(call, "size"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto from, query_integer(call, "from", {0, kLastEntry, 0}));
  FASTNESS_ASSIGN_OR_REFUSE(const auto limit,
                            query_integer(call, "limit", {1, kMaxProofs, kMaxProofs}));
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto entries,
      parts.audit.prove(call.caller.organisation, static_cast<std::uint64_t>(from), size,
                        static_cast<std::size_t>(limit)));
  return object(Status::ok, [&](json::Writer& out) {
    v1::write_proven_page(out, entries, static_cast<std::size_t>(limit));
  });
}

Answer audit_consistency(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto from, needed_count(call, "from"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto to, needed_count(call, "to"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto hashes, parts.audit.prove_consistency(from, to));
  return object(Status::ok, [&](json::Writer& out) {
    out.field("from", from);
    out.field("to", to);
    v1::write_proof_hashes(out, hashes);
  });
}

void write_access(json::Writer& out, const AccessTally::Count& access,
                  std::optional<std::uint64_t> seq) {
  out.begin_object();
  out.field_if("seq", seq);
  out.field("actor", access.actor);
  out.field("verb", access.verb == audit::AccessVerb::read ? "read" : "write");
  out.field("data", access.data);
  out.field("hour", access.hour);
  out.field("count", access.count);
  out.end_object();
}

Answer access_page(const Parts& parts, const AccessTally& accesses, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const Page page, page_of(call));
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE(
      const auto entries,
      parts.audit.list(organisation, page.limit, page.before, AuditLog::Kind::access));
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("accesses");
    // What is not in the trail yet belongs to the first page.
    if (!call.request.query.find("before")) {
      const auto pending = accesses.pending(organisation);
      for (const AccessTally::Count& each : pending) write_access(out, each, std::nullopt);
    }
    for (const audit::Entry& entry : entries) {
      const auto access = AccessTally::parse(entry.event);
      if (access) write_access(out, *access, entry.seq);
    }
    out.end_array();
    if (entries.size() == page.limit) out.field("next", entries.back().seq);
  });
}

}  // namespace

void add_audit_routes(RouteList& routes, Parts& parts, const AccessTally& accesses) {
  const Access reading = member(Scope::audit_read);
  routes.add(Method::get, "/api/v1/audit", reading, "", on(parts, audit_page));
  routes.add(Method::get, "/api/v1/audit/checkpoint", reading, "", on(parts, audit_checkpoint));
  routes.add(Method::get, "/api/v1/audit/proofs", reading, "", on(parts, audit_proofs));
  routes.add(Method::get, "/api/v1/audit/consistency", reading, "", on(parts, audit_consistency));
  routes.add(Method::get, "/api/v1/access", reading, "",
             [&parts, &accesses](Call& call) { return access_page(parts, accesses, call); });
}

}  // namespace fastness::api
