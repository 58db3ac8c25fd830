#include "ledger/entry.h"

#include "crypto/merkle.h"

namespace fastness::ledger {
namespace {

Result<void> check(const LedgerEntry& entry) {
  const bool profile_known = entry.profile == Profile::standard || entry.profile == Profile::board;
  const bool continuity_known =
      entry.continuity >= Continuity::first && entry.continuity <= Continuity::taken_back;
  if (!profile_known || !continuity_known) {
    return fail(Errc::corrupted, "a ledger entry has a word that nobody knows");
  }
  return {};
}

}  // namespace

std::string_view to_text(Profile profile) {
  return profile == Profile::board ? "board" : "standard";
}

Result<Profile> parse_profile(std::string_view text) {
  if (text == "standard") return Profile::standard;
  if (text == "board") return Profile::board;
  return fail(Errc::invalid_argument, "a profile is `standard` or `board`");
}

Bytes LedgerEntry::encode() const {
  Bytes bytes;
  bytes.reserve(kEncodedSize);
  ByteWriter out(bytes);
  out.u64(index);
  out.raw(device.value().bytes());
  out.raw(leaf);
  out.raw(key);
  out.u8(static_cast<std::uint8_t>(profile));
  out.u32(generation.value());
  out.i64(time.time_since_epoch().count());
  out.i64(not_after.time_since_epoch().count());
  out.u8(static_cast<std::uint8_t>(continuity));
  return bytes;
}

Result<LedgerEntry> LedgerEntry::decode(ByteView bytes) {
  ByteReader in(bytes);
  LedgerEntry entry;
  Uuid::Bytes id{};
  entry.index = in.u64();
  in.copy_to(id);
  entry.device = DeviceId(Uuid(id));
  in.copy_to(entry.leaf);
  in.copy_to(entry.key);
  entry.profile = static_cast<Profile>(in.u8());
  entry.generation = GenerationId(in.u32());
  entry.time = Timestamp(std::chrono::microseconds(in.i64()));
  entry.not_after = Timestamp(std::chrono::microseconds(in.i64()));
  entry.continuity = static_cast<Continuity>(in.u8());
  FASTNESS_RETURN_IF_ERROR(in.finish("a ledger entry"));
  FASTNESS_RETURN_IF_ERROR(check(entry));
  return entry;
}

crypto::Digest LedgerEntry::merkle_leaf() const {
  return crypto::merkle_leaf(encode());
}

}  // namespace fastness::ledger
