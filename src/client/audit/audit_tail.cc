#include "client/audit/audit_tail.h"

#include <algorithm>
#include <string_view>

#include "json/text_in.h"
#include "json/time_text.h"

namespace fastness::client {
namespace {

constexpr std::size_t kTailPage = 200;

std::int64_t seq_of(const json::Value& entry) {
  const json::Value* member = entry.find("seq");
  const auto* number = member != nullptr ? member->get<std::int64_t>() : nullptr;
  return number != nullptr ? *number : -1;
}

bool fits(const std::string& wanted, const std::string& text) {
  if (wanted.empty()) return true;
  if (!wanted.ends_with('*')) return text == wanted;
  return text.starts_with(std::string_view(wanted).substr(0, wanted.size() - 1));
}

bool is_before(const json::Value& entry, const std::optional<Timestamp>& since) {
  if (!since) return false;
  const auto time = json::parse_time(json::text_in(entry, "time"));
  return !time || *time < *since;
}

}  // namespace

bool AuditFilter::takes(const json::Value& entry) const {
  return fits(actor, json::text_in(entry, "actor")) &&
         fits(event, json::text_in(entry, "action")) &&
         fits(result, json::text_in(entry, "result")) && !is_before(entry, since);
}

Result<json::Array> AuditTail::page(std::optional<std::int64_t> before) const {
  std::string target = "/api/v1/audit?limit=" + std::to_string(kTailPage);
  if (before) target += "&before=" + std::to_string(*before);
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, fetch_(target));
  const json::Value* list = answer.find("entries");
  const auto* entries = list != nullptr ? list->get<json::Array>() : nullptr;
  if (entries == nullptr) return fail(Errc::corrupted, "the server gave no entries");
  return *entries;
}

Result<json::Array> AuditTail::last(std::size_t count) {
  json::Array found;
  std::optional<std::int64_t> before;
  // Who wants none of them still wants to know which is the newest.
  do {
    FASTNESS_ASSIGN_OR_RETURN(const json::Array entries, page(before));
    if (entries.empty()) break;
    seen_ = std::max(seen_, seq_of(entries.front()));
    for (const json::Value& entry : entries) {
      if (filter_.takes(entry) && found.size() < count) found.push_back(entry);
    }
    const std::int64_t oldest = seq_of(entries.back());
    // A server that does not go back must not be asked for ever.
    if (is_before(entries.back(), filter_.since) || (before && oldest >= *before)) break;
    before = oldest;
  } while (found.size() < count);
  return found;
}

Result<json::Array> AuditTail::next() {
  json::Array found;
  std::int64_t newest = seen_;
  std::optional<std::int64_t> before;
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const json::Array entries, page(before));
    if (entries.empty()) break;
    newest = std::max(newest, seq_of(entries.front()));
    for (const json::Value& entry : entries) {
      if (seq_of(entry) > seen_ && filter_.takes(entry)) found.push_back(entry);
    }
    const std::int64_t oldest = seq_of(entries.back());
    if (oldest <= seen_ || (before && oldest >= *before)) break;
    before = oldest;
  }
  seen_ = newest;
  std::ranges::reverse(found);
  return found;
}

}  // namespace fastness::client
