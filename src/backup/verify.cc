#include <set>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

#include "backup/archive.h"
#include "backup/part_reader.h"
#include "backup/public_head.h"
#include "os/files/descriptor.h"

namespace fastness::backup {
namespace {

// Follows what `unpack` would do, without doing it.
class Verifier {
 public:
  Result<void> take(const Part& part) {
    switch (part.kind) {
      case PartKind::directory:
        finish_file();
        return take_path(part);
      case PartKind::file:
        finish_file();
        is_in_file_ = true;
        return take_path(part);
      case PartKind::contents:
        if (!is_in_file_) return fail(Errc::corrupted, "the backup has contents of no file");
        contents_.update(part.body);
        verified_.packed.bytes += part.body.size();
        return {};
      case PartKind::end:
        finish_file();
        return check_end(part.body);
    }
    return {};
  }

  Verified finish() {
    verified_.contents = digest_.finish();
    return verified_;
  }

 private:
  Result<void> take_path(const Part& part) {
    const std::string_view path = as_text(part.body);
    if (!is_safe_path(path)) {
      return fail(Errc::corrupted, "the backup names a file that would lie outside");
    }
    if (!paths_.emplace(path).second) return fail(Errc::corrupted, "the backup has a file twice");
    Bytes named;
    ByteWriter out(named);
    out.u8(static_cast<std::uint8_t>(part.kind));
    out.sized(path);
    digest_.update(named);
    return {};
  }

  void finish_file() {
    if (!is_in_file_) return;
    is_in_file_ = false;
    digest_.update(contents_.finish());
    ++verified_.packed.files;
  }

  Result<void> check_end(const Bytes& body) const {
    ByteReader in(body);
    const bool is_all = in.u64() == verified_.packed.files && in.u64() == verified_.packed.bytes;
    FASTNESS_RETURN_IF_ERROR(in.finish("the end of the backup"));
    if (is_all) return {};
    return fail(Errc::corrupted, "the backup holds less than it says");
  }

  std::set<std::string> paths_;
  crypto::Sha256 digest_;
  crypto::Sha256 contents_;  // of the file at which we are
  bool is_in_file_ = false;
  Verified verified_;
};

}  // namespace

Result<void> go_behind_head(int file, const Ticket& ticket) {
  // What was just written would be read from memory, and says nothing of the disk.
  static_cast<void>(::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED));
  if (::lseek(file, 0, SEEK_SET) != 0) return os::fail_with_errno("read the backup");
  FASTNESS_ASSIGN_OR_RETURN(const PublicHead head, read_public_head(file));
  if (head.digest != ticket.head) {
    return fail(Errc::corrupted, "the backup's head is not the one that it was made with");
  }
  return {};
}

Result<Verified> verify(int file, const Ticket& ticket) {
  FASTNESS_RETURN_IF_ERROR(go_behind_head(file, ticket));
  FASTNESS_ASSIGN_OR_RETURN(PartReader reader, PartReader::begin(file, ticket));
  Verifier verifier;
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const Part part, reader.next());
    FASTNESS_RETURN_IF_ERROR(verifier.take(part));
    if (part.kind == PartKind::end) break;
  }
  FASTNESS_RETURN_IF_ERROR(reader.expect_end_of_file());
  return verifier.finish();
}

}  // namespace fastness::backup
