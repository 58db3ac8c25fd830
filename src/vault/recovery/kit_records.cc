#include "vault/recovery/kit_records.h"

namespace fastness::vault {
namespace {

constexpr char kKitsFile[] = "kits";

}  // namespace

Result<std::vector<vault_ipc::Kit>> read_kits(const SealedFiles& records) {
  const auto stored = records.read(kKitsFile);
  if (!stored && stored.error().code == Errc::not_found) return std::vector<vault_ipc::Kit>();
  if (!stored) return Unexpected<Error>{stored.error()};
  ByteReader in(stored->reveal());
  std::vector<vault_ipc::Kit> kits;
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    FASTNESS_ASSIGN_OR_RETURN(vault_ipc::Kit kit, vault_ipc::Kit::decode(in));
    kits.push_back(kit);
  }
  FASTNESS_RETURN_IF_ERROR(in.finish("the list of kits"));
  return kits;
}

vault_ipc::Kit record_of(const KitHeader& header) {
  vault_ipc::Kit kit;
  kit.id = header.id;
  kit.created_at = header.created_at;
  kit.owners = header.owners;
  if (const auto* shares = std::get_if<ByShares>(&header.opening)) {
    kit.shares = static_cast<std::uint8_t>(shares->digests.size());
    kit.needed = shares->needed;
  }
  return kit;
}

Result<void> write_kits(const SealedFiles& records, const std::vector<vault_ipc::Kit>& kits) {
  Bytes encoded;
  ByteWriter out(encoded);
  out.u32(static_cast<std::uint32_t>(kits.size()));
  for (const vault_ipc::Kit& kit : kits) kit.encode(out);
  return records.write(kKitsFile, encoded);
}

}  // namespace fastness::vault
