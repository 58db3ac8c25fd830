#include "api/incident/affected.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "audit/access_tally.h"

namespace fastness::api {
namespace {

using audit::AccessTally;
using audit::AuditLog;
using audit::Entry;
using audit::Event;

// Whoever comes from more places than a person reads is told that there are more.
constexpr std::size_t kKeptAddresses = 50;

// What the host writes into every trail about an incident, which concerns nobody by that.
constexpr std::array<std::string_view, 7> kOfIncidents{
    "host.restrict",       "host.switch_off",    "host.switch_on",        "host.open_incident",
    "host.close_incident", "host.take_evidence", "host.look_for_affected"};

bool is_of_incidents(const Event& event) {
  return event.actor == "host" &&
         std::ranges::find(kOfIncidents, event.action) != kOfIncidents.end();
}

bool is_access(const Event& event) {
  return event.action == "data.read" || event.action == "data.write";
}

void add(AffectedSearch::Deed& deed, std::uint64_t count, Timestamp at) {
  deed.count += count;
  deed.first = std::min(deed.first, at);
  deed.last = std::max(deed.last, at);
}

void write_times(json::Writer& out, const AffectedSearch::Deed& deed) {
  out.field("count", deed.count);
  out.field("first_at", deed.first);
  out.field("last_at", deed.last);
}

void write_found(json::Writer& out, OrganisationId organisation,
                 const AffectedSearch::Found& found) {
  out.begin_object();
  out.field("organisation_id", organisation.value());
  out.begin_array("accesses");
  for (const auto& [key, deed] : found.accesses) {
    out.begin_object();
    out.field("actor", std::get<0>(key));
    out.field("data", std::get<1>(key));
    out.field("verb", std::get<2>(key));
    write_times(out, deed);
    out.end_object();
  }
  out.end_array();
  out.begin_array("acts");
  for (const auto& [key, deed] : found.acts) {
    out.begin_object();
    out.field("actor", std::get<0>(key));
    out.field("action", std::get<1>(key));
    out.field("refused", deed.refused);
    write_times(out, deed);
    out.end_object();
  }
  out.end_array();
  out.begin_array("addresses");
  for (const std::string& address : found.addresses) out.value(address);
  out.end_array();
  out.field("has_more_addresses", found.has_more_addresses);
  out.end_object();
}

}  // namespace

Result<bool> AffectedSearch::step() {
  if (!first_) {
    FASTNESS_ASSIGN_OR_RETURN(first_, trail_.first_since(question_.since.value_or(Timestamp())));
  }
  if (at_ == question_.organisations.size()) return false;
  const OrganisationId organisation = question_.organisations[at_];
  FASTNESS_ASSIGN_OR_RETURN(const AuditLog::Piece piece,
                            trail_.scan(organisation, next_.value_or(*first_)));
  for (const Entry& entry : piece.entries) take(organisation, entry);
  unreadable_ += piece.unreadable;
  next_ = piece.next;
  if (!next_) ++at_;
  return at_ < question_.organisations.size();
}

void AffectedSearch::take(OrganisationId organisation, const Entry& entry) {
  ++entries_read_;
  const bool is_theirs = question_.actors.empty() || question_.actors.contains(entry.event.actor);
  if (!is_theirs || is_of_incidents(entry.event)) return;
  if (is_access(entry.event)) return take_access(organisation, entry.event);
  if (is_asked_for(entry.time, entry.time)) take_act(organisation, entry);
}

// By the hour in which it was, which is over when it is written.
void AffectedSearch::take_access(OrganisationId organisation, const Event& event) {
  const auto access = AccessTally::parse(event);
  if (!access) return;
  if (!is_asked_for(access->hour, access->hour + std::chrono::hours(1))) return;
  const char* verb = access->verb == audit::AccessVerb::read ? "read" : "write";
  add(found_[organisation].accesses[{access->actor, access->data, verb}], access->count,
      access->hour);
}

void AffectedSearch::take_act(OrganisationId organisation, const Entry& entry) {
  const Event& event = entry.event;
  Found& found = found_[organisation];
  Deed& deed = found.acts[{event.actor, event.action}];
  add(deed, event.count, entry.time);
  if (event.result != "ok") deed.refused += event.count;
  if (event.address.empty() || found.addresses.contains(event.address)) return;
  if (found.addresses.size() < kKeptAddresses) {
    found.addresses.insert(event.address);
  } else {
    found.has_more_addresses = true;
  }
}

bool AffectedSearch::is_asked_for(Timestamp from, Timestamp to) const {
  return (!question_.since || to >= *question_.since) &&
         (!question_.until || from <= *question_.until);
}

void write_members(json::Writer& out, const AffectedSearch& search) {
  const AffectedQuestion& question = search.question();
  out.begin_array("actors");
  for (const std::string& actor : question.actors) out.value(actor);
  out.end_array();
  out.field_if("since", question.since);
  out.field_if("until", question.until);
  out.field("organisations_searched", question.organisations.size());
  out.field("entries_read", search.entries_read());
  out.field("entries_unreadable", search.unreadable());
  out.begin_array("organisations");
  for (const auto& [organisation, found] : search.found()) write_found(out, organisation, found);
  out.end_array();
}

}  // namespace fastness::api
