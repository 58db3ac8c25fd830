#include "vault/recovery/public_history.h"

#include <algorithm>

#include "vault/authority/generation_list.h"

namespace fastness::vault {
namespace {

using ledger::LedgerEntry;
using vault_ipc::Generation;
using vault_ipc::GenerationState;

Result<std::vector<LedgerEntry>> decode_entries(ByteReader& in) {
  std::vector<LedgerEntry> entries;
  const std::uint64_t count = in.u64();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const ByteView encoded = in.raw(LedgerEntry::kEncodedSize);
    if (!in.ok()) break;
    FASTNESS_ASSIGN_OR_RETURN(const LedgerEntry entry, LedgerEntry::decode(encoded));
    if (entry.index != i) return fail(Errc::corrupted, "a ledger entry is out of its place");
    entries.push_back(entry);
  }
  return entries;
}

// Whether an instance can have come from the earlier root set to the later one.
bool leads_to(const vault_ipc::ServerAnchors& earlier, const vault_ipc::ServerAnchors& later) {
  const bool keeps_documents =
      earlier.documents.size() <= later.documents.size() &&
      std::equal(earlier.documents.begin(), earlier.documents.end(), later.documents.begin());
  if (earlier.number == later.number) {
    return keeps_documents && earlier.documents.size() == later.documents.size() &&
           earlier.active == later.active && earlier.standby == later.standby;
  }
  const bool is_next = later.number - earlier.number == 1;
  return keeps_documents && (!is_next || later.active == earlier.standby);
}

std::vector<std::string> decode_names(ByteReader& in) {
  std::vector<std::string> names;
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) names.push_back(in.sized_text());
  return names;
}

}  // namespace

void PublicHistory::encode(ByteWriter& out) const {
  out.i64(taken_at.time_since_epoch().count());
  out.sized(encode_list(generations));
  out.u64(entries.size());
  for (const LedgerEntry& entry : entries) out.raw(entry.encode());
  out.u64(audit_head.size);
  out.raw(audit_head.root);
  out.u32(static_cast<std::uint32_t>(erased.size()));
  for (const std::string& name : erased) out.sized(name);
  anchors.encode(out);
  out.u8(static_cast<std::uint8_t>(server_root));
}

Result<PublicHistory> PublicHistory::decode(ByteReader& in) {
  PublicHistory history;
  history.taken_at = Timestamp(std::chrono::microseconds(in.i64()));
  const ByteView generations = in.sized();
  if (!in.ok()) return fail(Errc::corrupted, "the history is cut off");
  FASTNESS_ASSIGN_OR_RETURN(history.generations, decode_list(generations));
  FASTNESS_ASSIGN_OR_RETURN(history.entries, decode_entries(in));
  history.audit_head.size = in.u64();
  in.copy_to(history.audit_head.root);
  history.erased = decode_names(in);
  FASTNESS_ASSIGN_OR_RETURN(history.anchors, vault_ipc::ServerAnchors::decode(in));
  history.server_root = static_cast<ServerRootPlace>(in.u8());
  if (history.server_root > ServerRootPlace::elsewhere) {
    return fail(Errc::corrupted, "the history does not say where the server root is");
  }
  if (!in.ok()) return fail(Errc::corrupted, "the history is cut off");
  return history;
}

Result<PublicHistory> merge(PublicHistory one, PublicHistory other) {
  if (one.taken_at < other.taken_at) std::swap(one, other);
  const bool goes_on = other.entries.size() <= one.entries.size() &&
                       std::equal(other.entries.begin(), other.entries.end(), one.entries.begin());
  if (!goes_on) {
    return fail(Errc::corrupted,
                "the kit and the backup do not tell the same story of the device certificates");
  }
  // A root that was carried away once stays with its owner.
  const bool is_carried_away =
      one.anchors.number == other.anchors.number && other.server_root == ServerRootPlace::elsewhere;
  const bool takes_other = one.anchors.number < other.anchors.number || is_carried_away;
  const auto& later = takes_other ? other.anchors : one.anchors;
  const auto& earlier = takes_other ? one.anchors : other.anchors;
  if (!leads_to(earlier, later)) {
    return fail(Errc::corrupted,
                "the kit and the backup do not tell the same story of the server's roots");
  }
  if (takes_other) {
    one.anchors = other.anchors;
    one.server_root = other.server_root;
  }
  one.erased.insert(one.erased.end(), other.erased.begin(), other.erased.end());
  std::ranges::sort(one.erased);
  one.erased.erase(std::unique(one.erased.begin(), one.erased.end()), one.erased.end());
  return one;
}

std::vector<Generation> without_their_keys(std::vector<Generation> generations, Timestamp now) {
  for (Generation& each : generations) {
    if (each.state < GenerationState::issuing) {
      each.state = GenerationState::destroyed;
      each.distrusted_at = now;
      each.new_with_old.clear();
      each.old_with_new.clear();
    } else if (each.state == GenerationState::issuing) {
      each.state = GenerationState::retiring;
    }
  }
  return generations;
}

}  // namespace fastness::vault
