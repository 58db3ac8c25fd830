#include "vault/authority/generation_list.h"

#include <optional>

#include "vault/authority/link_certificates.h"

namespace fastness::vault {
namespace {

using vault_ipc::Generation;
using vault_ipc::GenerationState;

// Stands first in a stored list. The lists of before there were links began with their count.
constexpr std::uint32_t kWithLinks = 0xffff'ff02;

std::optional<Timestamp> read_optional_time(ByteReader& in) {
  if (in.u8() == 0) return std::nullopt;
  return Timestamp(std::chrono::microseconds(in.i64()));
}

std::vector<Generation> decode_without_links(std::uint32_t count, ByteReader& in) {
  std::vector<Generation> list;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    Generation each;
    each.id = vault_ipc::GenerationId(in.u32());
    in.copy_to(each.key);
    each.certificate = to_bytes(in.sized());
    each.state = static_cast<GenerationState>(in.u8());
    each.created_at = Timestamp(std::chrono::microseconds(in.i64()));
    each.signs_until = Timestamp(std::chrono::microseconds(in.i64()));
    each.distrusted_at = read_optional_time(in);
    each.board_cut_off = read_optional_time(in);
    list.push_back(std::move(each));
  }
  return list;
}

enum class Neighbour { before, after };

// Whether a link over the key of `subject` may be there: `signed_by` says whose it must be.
Result<void> check_link(ByteView link, const Generation& subject, Neighbour signed_by,
                        const std::vector<Generation>& list) {
  if (link.empty()) return {};
  const Generation* signer = signer_of(link, subject, list);
  if (signer == nullptr || (signer->id < subject.id) != (signed_by == Neighbour::before)) {
    return fail(Errc::corrupted, "a link certificate is not signed by its neighbour");
  }
  if (is_distrusted(subject) || (signed_by == Neighbour::after && is_distrusted(*signer))) {
    return fail(Errc::corrupted, "a link certificate vouches for a key that is distrusted");
  }
  return {};
}

Result<void> check_links(const std::vector<Generation>& list) {
  for (const Generation& each : list) {
    FASTNESS_RETURN_IF_ERROR(check_link(each.new_with_old, each, Neighbour::before, list));
    FASTNESS_RETURN_IF_ERROR(check_link(each.old_with_new, each, Neighbour::after, list));
  }
  return {};
}

}  // namespace

Bytes encode_list(const std::vector<Generation>& list) {
  Bytes encoded;
  ByteWriter out(encoded);
  out.u32(kWithLinks);
  vault_ipc::Generations{list}.encode(out);
  return encoded;
}

Result<std::vector<Generation>> decode_list(ByteView stored) {
  ByteReader in(stored);
  const std::uint32_t first = in.u32();
  if (first != kWithLinks) {
    std::vector<Generation> list = decode_without_links(first, in);
    FASTNESS_RETURN_IF_ERROR(in.finish("the list of generations"));
    return list;
  }
  FASTNESS_ASSIGN_OR_RETURN(vault_ipc::Generations message, vault_ipc::Generations::decode(in));
  FASTNESS_RETURN_IF_ERROR(in.finish("the list of generations"));
  FASTNESS_RETURN_IF_ERROR(check_links(message.generations));
  return std::move(message.generations);
}

}  // namespace fastness::vault
