#include "vault_ipc/messages/custody.h"

#include "vault_ipc/messages/messages.h"

namespace fastness::vault_ipc {
namespace {

static_assert(ReadCustody::kKind == Kind::read_custody);

Unexpected<Error> no_custody() {
  return fail(Errc::corrupted, "a vault message is malformed");
}

}  // namespace

std::string_view to_text(KeyPlace place) {
  return place == KeyPlace::token ? "token" : "sealed";
}

std::string_view to_text(RootOpener opener) {
  return opener == RootOpener::passphrase ? "passphrase" : "key_file";
}

void Kit::encode(ByteWriter& out) const {
  out.raw(id.bytes());
  out.i64(created_at.time_since_epoch().count());
  out.u32(owners);
  out.u8(shares);
  out.u8(needed);
  out.u8(rehearsed_at ? 1 : 0);
  if (rehearsed_at) out.i64(rehearsed_at->time_since_epoch().count());
}

Result<Kit> Kit::decode(ByteReader& in) {
  Kit kit;
  Uuid::Bytes id{};
  in.copy_to(id);
  kit.id = Uuid(id);
  kit.created_at = Timestamp(std::chrono::microseconds(in.i64()));
  kit.owners = in.u32();
  kit.shares = in.u8();
  kit.needed = in.u8();
  const std::uint8_t was_rehearsed = in.u8();
  if (was_rehearsed == 1) kit.rehearsed_at = Timestamp(std::chrono::microseconds(in.i64()));
  if (!in.ok() || was_rehearsed > 1) return no_custody();
  return kit;
}

void Custody::encode(ByteWriter& out) const {
  out.u8(static_cast<std::uint8_t>(keys));
  out.sized(token);
  out.u8(static_cast<std::uint8_t>(opener));
  out.u8(has_standby ? 1 : 0);
  out.u32(owners);
  out.u32(static_cast<std::uint32_t>(kits.size()));
  for (const Kit& kit : kits) kit.encode(out);
}

Result<Custody> Custody::decode(ByteReader& in) {
  Custody custody;
  const std::uint8_t place = in.u8();
  custody.token = in.sized_text();
  const std::uint8_t opener = in.u8();
  const std::uint8_t has_standby = in.u8();
  custody.owners = in.u32();
  const std::uint32_t count = in.u32();
  if (!in.ok() || place < 1 || place > 2 || opener < 1 || opener > 2 || has_standby > 1) {
    return no_custody();
  }
  custody.keys = static_cast<KeyPlace>(place);
  custody.opener = static_cast<RootOpener>(opener);
  custody.has_standby = has_standby == 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    FASTNESS_ASSIGN_OR_RETURN(Kit kit, Kit::decode(in));
    custody.kits.push_back(kit);
  }
  return custody;
}

void ReadCustody::encode(ByteWriter& /*out*/) const {}
Result<ReadCustody> ReadCustody::decode(ByteReader& /*in*/) {
  return ReadCustody{};
}

}  // namespace fastness::vault_ipc
