#include "backup/public_head.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "os/files/transfer.h"

namespace fastness::backup {
namespace {

// As in src/vault/recovery/backup_head.cc: this text; the size of what says whose the backup is,
// and that; the size of the sealed history, and that.
constexpr std::string_view kHeadMagic = "fastness backup2";
constexpr std::string_view kFirstHeadMagic = "fastness backup1";
constexpr std::size_t kFirstOwnerBytes = 16 + 4 + 16 + 8;
constexpr std::size_t kOwnerBytes = kFirstOwnerBytes + 1;
constexpr std::size_t kLongestHistory = std::size_t{512} << 20U;
constexpr std::size_t kPieceOfHistory = std::size_t{64} << 10U;
constexpr std::uint32_t kMonthsOfYear = 12;

Unexpected<Error> no_backup() {
  return fail(Errc::invalid_argument, "the file is no backup of this version");
}

// Reads what must be there and takes it into the digest.
Result<void> read_whole(int file, std::span<std::uint8_t> out, crypto::Sha256& digest) {
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t got, os::read_up_to(file, out));
  if (got != out.size()) return no_backup();
  digest.update(out);
  return {};
}

Result<std::uint32_t> read_length(int file, crypto::Sha256& digest) {
  std::array<std::uint8_t, 4> encoded{};
  FASTNESS_RETURN_IF_ERROR(read_whole(file, encoded, digest));
  ByteReader in(encoded);
  return in.u32();
}

// What says whose it is, of which either version has its own size.
Result<PublicHead> decode_owner(ByteView owner) {
  ByteReader in(owner);
  PublicHead head;
  Uuid::Bytes instance{};
  in.copy_to(instance);
  head.instance = Uuid(instance);
  head.month = in.u32();
  std::array<std::uint8_t, 16> salt{};
  in.copy_to(salt);
  head.created_at = Timestamp(std::chrono::microseconds(in.i64()));
  if (owner.size() == kFirstOwnerBytes) return head;
  const auto environment = environment_of(in.u8());
  if (!environment) return no_backup();
  head.environment = *environment;
  return head;
}

}  // namespace

Result<PublicHead> read_public_head(int file) {
  crypto::Sha256 digest;
  std::array<std::uint8_t, kHeadMagic.size()> magic{};
  FASTNESS_RETURN_IF_ERROR(read_whole(file, magic, digest));
  const bool is_first = as_text(magic) == kFirstHeadMagic;
  if (!is_first && as_text(magic) != kHeadMagic) return no_backup();
  FASTNESS_ASSIGN_OR_RETURN(const std::uint32_t owner_size, read_length(file, digest));
  if (owner_size != (is_first ? kFirstOwnerBytes : kOwnerBytes)) return no_backup();
  std::array<std::uint8_t, kOwnerBytes> bytes{};
  const auto owner = std::span(bytes).first(owner_size);
  FASTNESS_RETURN_IF_ERROR(read_whole(file, owner, digest));
  FASTNESS_ASSIGN_OR_RETURN(PublicHead head, decode_owner(owner));
  FASTNESS_ASSIGN_OR_RETURN(std::size_t left, read_length(file, digest));
  if (left > kLongestHistory) return no_backup();
  Bytes piece(std::min(left, kPieceOfHistory));
  while (left > 0) {
    const auto part = std::span(piece).first(std::min(left, piece.size()));
    FASTNESS_RETURN_IF_ERROR(read_whole(file, part, digest));
    left -= part.size();
  }
  head.digest = digest.finish();
  return head;
}

std::string month_text(std::uint32_t month) {
  const std::string number = std::to_string(month % kMonthsOfYear + 1);
  return std::to_string(month / kMonthsOfYear) + (number.size() == 1 ? "-0" : "-") + number;
}

std::uint32_t month_at(Timestamp time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return static_cast<std::uint32_t>(static_cast<int>(day.year())) * kMonthsOfYear +
         static_cast<unsigned>(day.month()) - 1;
}

}  // namespace fastness::backup
