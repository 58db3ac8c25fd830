#include "journal/checkpoints.h"

#include <algorithm>
#include <utility>

#include "crypto/digest.h"

namespace fastness::journal {
namespace {

constexpr std::uint32_t kCheckpointsMagic = 0x46534a31;  // "FSJ1"
constexpr std::size_t kMaxFile = 64U << 10U;

Result<std::map<std::string, Position, std::less<>>> decode(ByteView file) {
  if (file.size() < crypto::Digest{}.size()) {
    return fail(Errc::corrupted, "the journal's checkpoints are cut short");
  }
  const ByteView body = file.first(file.size() - crypto::Digest{}.size());
  const crypto::Digest digest = crypto::sha256(body);
  if (!std::ranges::equal(digest, file.last(digest.size()))) {
    return fail(Errc::corrupted, "the journal's checkpoints are damaged");
  }
  ByteReader in(body);
  if (in.u32() != kCheckpointsMagic)
    return fail(Errc::corrupted, "not a file of journal checkpoints");
  std::map<std::string, Position, std::less<>> next;
  for (std::uint32_t count = in.u32(); count != 0 && in.ok(); --count) {
    std::string consumer = in.sized_text();
    next[std::move(consumer)] = in.u64();
  }
  FASTNESS_RETURN_IF_ERROR(in.finish("journal checkpoints"));
  return next;
}

}  // namespace

Result<Checkpoints> Checkpoints::open(os::FileSystem& files, std::filesystem::path path,
                                      const std::vector<std::string>& consumers) {
  Checkpoints checkpoints(files, std::move(path));
  for (const std::string& consumer : consumers) checkpoints.next_[consumer] = 1;
  auto file = os::read_file(files, checkpoints.path_, kMaxFile);
  if (!file) {
    if (file.error().code != Errc::not_found) return propagate(std::move(file));
    return checkpoints;
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto stored, decode(*file));
  for (auto& [consumer, next] : checkpoints.next_) {
    if (const auto found = stored.find(consumer); found != stored.end()) next = found->second;
  }
  return checkpoints;
}

Position Checkpoints::of(std::string_view consumer) const {
  const auto found = next_.find(consumer);
  return found == next_.end() ? 1 : found->second;
}

Position Checkpoints::lowest(Position none) const {
  Position lowest = none;
  for (const auto& [consumer, next] : next_) lowest = std::min(lowest, next);
  return lowest;
}

Result<void> Checkpoints::advance(std::string_view consumer, Position next) {
  const auto found = next_.find(consumer);
  if (found == next_.end() || next <= found->second) return {};
  const Position before = std::exchange(found->second, next);
  auto stored = store();
  if (!stored) found->second = before;
  return stored;
}

Result<void> Checkpoints::limit(Position end) {
  bool changed = false;
  for (auto& [consumer, next] : next_) {
    changed = changed || next > end;
    next = std::min(next, end);
  }
  return changed ? store() : Result<void>();
}

Result<void> Checkpoints::store() const {
  Bytes bytes;
  ByteWriter out(bytes);
  out.u32(kCheckpointsMagic);
  out.u32(static_cast<std::uint32_t>(next_.size()));
  for (const auto& [consumer, next] : next_) {
    out.sized(consumer);
    out.u64(next);
  }
  const crypto::Digest digest = crypto::sha256(bytes);
  out.raw(digest);
  return os::replace_file(*files_, path_, bytes);
}

}  // namespace fastness::journal
