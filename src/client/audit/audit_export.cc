#include "client/audit/audit_export.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "json/time_text.h"
#include "json/writer.h"
#include "ledger/audit_leaf.h"

namespace fastness::client {
namespace {

constexpr std::string_view kExportFormat = "fastness-audit-export-v1";
constexpr std::string_view kHeaderMembers[] = {"format", "key",        "organisation", "from",
                                               "size",   "checkpoint", "consistency"};
constexpr std::string_view kEntryMembers[] = {
    "index",   "time",    "leaf",       "commitment", "sealed_digest", "sealed",
    "salt",    "content", "hashes",     "actor",      "action",        "object",
    "address", "result",  "request_id", "session",    "count"};
constexpr std::string_view kEndMembers[] = {"entries"};
constexpr std::string_view kReadableMembers[] = {"actor",  "action",     "object",  "address",
                                                 "result", "request_id", "session", "count"};

Unexpected<Error> no_export(std::string why) {
  return fail(Errc::invalid_argument, std::move(why));
}

Unexpected<Error> untrue(std::uint64_t index, const std::string& why) {
  return fail(Errc::corrupted, "entry " + std::to_string(index) + ": " + why);
}

Result<std::string> text_member(const json::Value& line, std::string_view name) {
  const json::Value* member = line.find(name);
  const auto* text = member != nullptr ? member->get<std::string>() : nullptr;
  if (text == nullptr) return no_export("\"" + std::string(name) + "\" is missing, or is no text");
  return *text;
}

Result<std::uint64_t> count_member(const json::Value& line, std::string_view name) {
  const json::Value* member = line.find(name);
  const auto* count = member != nullptr ? member->get<std::int64_t>() : nullptr;
  if (count == nullptr || *count < 0) {
    return no_export("\"" + std::string(name) + "\" is missing, or is no whole number");
  }
  return static_cast<std::uint64_t>(*count);
}

Result<Bytes> bytes_member(const json::Value& line, std::string_view name) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, text_member(line, name));
  auto bytes = from_base64(text);
  if (!bytes) return no_export("\"" + std::string(name) + "\" is not base64");
  return bytes;
}

Result<crypto::Digest> digest_of(ByteView bytes, std::string_view name) {
  crypto::Digest digest{};
  if (bytes.size() != digest.size()) {
    return no_export("\"" + std::string(name) + "\" does not have 32 bytes");
  }
  std::ranges::copy(bytes, digest.begin());
  return digest;
}

Result<crypto::Digest> digest_member(const json::Value& line, std::string_view name) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes bytes, bytes_member(line, name));
  return digest_of(bytes, name);
}

Result<std::vector<crypto::Digest>> digests_member(const json::Value& line, std::string_view name) {
  const json::Value* member = line.find(name);
  const auto* list = member != nullptr ? member->get<json::Array>() : nullptr;
  if (list == nullptr) return no_export("\"" + std::string(name) + "\" is missing, or is no list");
  std::vector<crypto::Digest> digests;
  for (const json::Value& each : *list) {
    const auto* text = each.get<std::string>();
    const auto bytes = text != nullptr ? from_base64(*text) : Result<Bytes>(Bytes());
    if (!bytes) return no_export("\"" + std::string(name) + "\" has something that is not base64");
    FASTNESS_ASSIGN_OR_RETURN(const crypto::Digest digest, digest_of(*bytes, name));
    digests.push_back(digest);
  }
  return digests;
}

Result<void> check_members(const json::Value& line, std::span<const std::string_view> allowed) {
  const auto* object = line.get<json::Object>();
  if (object == nullptr) return no_export("a line of the file is no JSON object");
  for (const auto& [name, value] : *object) {
    if (std::ranges::find(allowed, std::string_view(name)) == allowed.end()) {
      return no_export("a line of the file has a member that the format " +
                       std::string(kExportFormat) + " does not know");
    }
  }
  return {};
}

Result<Timestamp> time_member(const json::Value& line) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, text_member(line, "time"));
  const auto time = json::parse_time(text);
  if (!time || json::to_time_text(*time) != text) return no_export("\"time\" is no time in UTC");
  return *time;
}

// The members that a person reads, as they must be for this content.
json::Value readable(const ledger::AuditContent& content) {
  json::Writer out;
  out.begin_object();
  out.field("actor", content.actor);
  out.field("action", content.action);
  out.field("object", content.object);
  out.field_if("address", content.address);
  out.field("result", content.result);
  out.field_if("request_id", content.request);
  out.field_if("session", content.session);
  if (content.count != 1) out.field("count", content.count);
  out.end_object();
  auto parsed = json::parse(std::move(out).text());
  return parsed ? std::move(parsed).value() : json::Value();
}

bool says_the_same(const json::Value& entry, const json::Value& expected) {
  return std::ranges::all_of(kReadableMembers, [&](std::string_view name) {
    const json::Value* shown = entry.find(name);
    const json::Value* wanted = expected.find(name);
    if (shown == nullptr || wanted == nullptr) return shown == wanted;
    return json::to_text(*shown) == json::to_text(*wanted);
  });
}

bool says_something(const json::Value& entry) {
  return std::ranges::any_of(kReadableMembers,
                             [&](std::string_view name) { return entry.find(name) != nullptr; });
}

enum class Told { proven, unproven, erased };

// What the entry says, held against the commitment in its leaf.
Result<Told> check_content(const json::Value& entry, std::uint64_t index,
                           const crypto::Digest& commitment) {
  if (entry.find("content") == nullptr && entry.find("salt") == nullptr) {
    if (!says_something(entry)) return Told::erased;
    return untrue(index, "it says something that nothing proves");
  }
  FASTNESS_ASSIGN_OR_RETURN(const ledger::AuditSalt salt, digest_member(entry, "salt"));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes bytes, bytes_member(entry, "content"));
  if (ledger::commit_audit(salt, bytes) != commitment) {
    return untrue(index, "its content is not what was recorded");
  }
  const auto content = ledger::AuditContent::decode(bytes);
  if (!content) return no_export("\"content\" is no entry of an audit trail");
  if (!says_the_same(entry, readable(*content))) {
    return untrue(index, "what it says to a reader is not its content");
  }
  return Told::proven;
}

struct CheckedLeaf {
  crypto::Digest leaf;
  Told told;
};

Result<CheckedLeaf> check_leaf(const json::Value& entry, std::uint64_t index, Timestamp time,
                               OrganisationId organisation) {
  if (entry.find("commitment") == nullptr) {
    FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed, bytes_member(entry, "sealed"));
    return CheckedLeaf{ledger::plain_audit_leaf(index, time, organisation, sealed),
                       says_something(entry) ? Told::unproven : Told::erased};
  }
  ledger::AuditLeaf leaf{index, time, organisation, {}, {}};
  FASTNESS_ASSIGN_OR_RETURN(leaf.commitment, digest_member(entry, "commitment"));
  FASTNESS_ASSIGN_OR_RETURN(leaf.sealed, digest_member(entry, "sealed_digest"));
  FASTNESS_ASSIGN_OR_RETURN(const Told told, check_content(entry, index, leaf.commitment));
  return CheckedLeaf{leaf.merkle_leaf(), told};
}

Result<json::Value> parse_line(std::string_view line) {
  auto value = json::parse(line);
  if (!value) return no_export("a line of the file is not JSON: " + value.error().message);
  return value;
}

}  // namespace

Result<void> AuditExportVerifier::take(std::string_view untrusted_line) {
  if (is_whole_) return no_export("something follows the last line");
  FASTNESS_ASSIGN_OR_RETURN(const json::Value line, parse_line(untrusted_line));
  if (!has_header_) return take_header(line);
  return line.find("entries") != nullptr ? take_end(line) : take_entry(line);
}

Result<void> AuditExportVerifier::take_header(const json::Value& header) {
  FASTNESS_RETURN_IF_ERROR(check_members(header, kHeaderMembers));
  FASTNESS_ASSIGN_OR_RETURN(const std::string format, text_member(header, "format"));
  if (format != kExportFormat) {
    return no_export("the file is not of the format " + std::string(kExportFormat));
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::string named, text_member(header, "key"));
  if (named != key_.to_text()) {
    return fail(Errc::corrupted, "the file is about the trail of another key than was given");
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::string whose, text_member(header, "organisation"));
  const auto organisation = Uuid::parse(whose);
  if (!organisation) return no_export("\"organisation\" is no id");
  found_.organisation = OrganisationId(*organisation);
  FASTNESS_ASSIGN_OR_RETURN(const std::string text, text_member(header, "checkpoint"));
  FASTNESS_ASSIGN_OR_RETURN(found_.checkpoint, ledger::verify_checkpoint(text, key_));
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, count_member(header, "size"));
  if (size != found_.checkpoint.size) {
    return fail(Errc::corrupted, "\"size\" is not what the checkpoint says");
  }
  FASTNESS_ASSIGN_OR_RETURN(found_.from, count_member(header, "from"));
  next_index_ = found_.from;
  FASTNESS_RETURN_IF_ERROR(check_older(header));
  has_header_ = true;
  return {};
}

Result<void> AuditExportVerifier::check_older(const json::Value& header) {
  if (!older_ || older_->size == 0) return {};
  const ledger::Checkpoint& now = found_.checkpoint;
  if (older_->size > now.size) {
    return fail(Errc::corrupted, "the older export has " + std::to_string(older_->size) +
                                     " entries and this one " + std::to_string(now.size) +
                                     ": entries were taken back, or the two were mixed up");
  }
  if (older_->size == now.size) {
    if (older_->root != now.root) {
      return fail(Errc::corrupted,
                  "two signed checkpoints of one size have different roots: the trail was "
                  "rewritten, and both files are evidence of it");
    }
    found_.continues_older = true;
    return {};
  }
  if (header.find("consistency") == nullptr || found_.from != older_->size) {
    return no_export("it does not say how it continues the older export: make it with --since");
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto hashes, digests_member(header, "consistency"));
  if (!crypto::verify_consistency(older_->size, older_->root, now.size, now.root, hashes)) {
    return fail(Errc::corrupted,
                "it does not continue the older export: entries were taken back or changed");
  }
  found_.continues_older = true;
  return {};
}

Result<void> AuditExportVerifier::take_entry(const json::Value& entry) {
  FASTNESS_RETURN_IF_ERROR(check_members(entry, kEntryMembers));
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t index, count_member(entry, "index"));
  if (index < next_index_) return untrue(index, "it stands where a later one belongs");
  FASTNESS_ASSIGN_OR_RETURN(const Timestamp time, time_member(entry));
  FASTNESS_ASSIGN_OR_RETURN(const CheckedLeaf checked,
                            check_leaf(entry, index, time, found_.organisation));
  FASTNESS_ASSIGN_OR_RETURN(const crypto::Digest leaf, digest_member(entry, "leaf"));
  if (leaf != checked.leaf) return untrue(index, "its hash is not that of what it shows");
  FASTNESS_ASSIGN_OR_RETURN(const auto hashes, digests_member(entry, "hashes"));
  const ledger::Checkpoint& now = found_.checkpoint;
  if (!crypto::verify_inclusion(leaf, index, now.size, hashes, now.root)) {
    return untrue(index, "it is not in the trail that the checkpoint stands for");
  }
  ++found_.entries;
  if (checked.told == Told::unproven) ++found_.unproven;
  if (checked.told == Told::erased) ++found_.erased;
  if (!found_.first) found_.first = time;
  found_.last = time;
  next_index_ = index + 1;
  return {};
}

Result<void> AuditExportVerifier::take_end(const json::Value& end) {
  FASTNESS_RETURN_IF_ERROR(check_members(end, kEndMembers));
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t entries, count_member(end, "entries"));
  if (entries != found_.entries) {
    return fail(Errc::corrupted, "the file says that it has " + std::to_string(entries) +
                                     " entries, and has " + std::to_string(found_.entries));
  }
  is_whole_ = true;
  return {};
}

Result<VerifiedAuditExport> AuditExportVerifier::finish() const {
  if (!has_header_) return no_export("the file is empty");
  if (!is_whole_) return fail(Errc::corrupted, "the file was cut: its last line is missing");
  return found_;
}

Result<ledger::Checkpoint> checkpoint_of_audit_export(std::string_view untrusted_first_line,
                                                      const ledger::VerifierKey& key) {
  AuditExportVerifier verifier(key);
  FASTNESS_RETURN_IF_ERROR(verifier.take(untrusted_first_line));
  return verifier.so_far().checkpoint;
}

}  // namespace fastness::client
