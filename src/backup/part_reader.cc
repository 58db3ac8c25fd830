#include "backup/part_reader.h"

#include <array>

#include "os/files/transfer.h"

namespace fastness::backup {
namespace {

constexpr std::size_t kLongestPart = kPartSize + 1 + crypto::kStreamOverhead;

Unexpected<Error> cut_off() {
  return fail(Errc::corrupted, "the backup is cut off");
}

}  // namespace

Result<PartReader> PartReader::begin(int file, const Ticket& ticket) {
  crypto::StreamHeader header{};
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t got, os::read_up_to(file, header));
  if (got != header.size()) return cut_off();
  FASTNESS_ASSIGN_OR_RETURN(auto opener, crypto::StreamOpener::create(ticket.key, header));
  return PartReader(file, std::move(opener), ticket.head);
}

Result<Part> PartReader::next() {
  std::array<std::uint8_t, 4> encoded{};
  FASTNESS_ASSIGN_OR_RETURN(std::size_t got, os::read_up_to(file_, encoded));
  if (got != encoded.size()) return cut_off();
  ByteReader in(encoded);
  const std::uint32_t size = in.u32();
  if (size > kLongestPart) return fail(Errc::corrupted, "the backup has a part that is too long");
  Bytes sealed(size);
  FASTNESS_ASSIGN_OR_RETURN(got, os::read_up_to(file_, sealed));
  if (got != sealed.size()) return cut_off();
  FASTNESS_ASSIGN_OR_RETURN(const auto opened,
                            opener_.open(sealed, is_first_ ? ByteView(head_) : ByteView()));
  is_first_ = false;
  FASTNESS_ASSIGN_OR_RETURN(Part part, Part::decode(opened.plain));
  // Whoever cuts a stream off can leave no end; whoever moves the end can leave no last part.
  if ((part.kind == PartKind::end) != (opened.part == crypto::StreamPart::last)) {
    return fail(Errc::corrupted, "the backup ends where it should not");
  }
  return part;
}

Result<void> PartReader::expect_end_of_file() {
  std::array<std::uint8_t, 1> more{};
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t got, os::read_up_to(file_, more));
  if (got != 0) return fail(Errc::corrupted, "something follows the backup");
  return {};
}

}  // namespace fastness::backup
