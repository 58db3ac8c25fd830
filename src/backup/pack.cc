#include <algorithm>
#include <vector>

#include <fcntl.h>

#include "backup/archive.h"
#include "backup/part.h"
#include "crypto/secret_stream.h"
#include "os/files/descriptor.h"
#include "os/files/transfer.h"

namespace fastness::backup {
namespace {

// Writes one part after the other: its size, then itself, sealed.
class Packer {
 public:
  Packer(int file, const Ticket& ticket) : file_(file), sealer_(ticket.key), head_(ticket.head) {}

  Result<void> begin() { return os::write_all(file_, sealer_.header()); }

  Result<void> add_directory(const std::string& path) {
    return add({PartKind::directory, to_bytes(as_bytes(path))});
  }

  Result<void> add_file(const std::filesystem::path& from, const std::string& path) {
    const os::Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!source.is_open()) return os::fail_with_errno("open " + from.string());
    FASTNESS_RETURN_IF_ERROR(add({PartKind::file, to_bytes(as_bytes(path))}));
    while (true) {
      Part part{PartKind::contents, Bytes(kPartSize)};
      FASTNESS_ASSIGN_OR_RETURN(const std::size_t got, os::read_up_to(source.number(), part.body));
      if (got == 0) break;
      part.body.resize(got);
      packed_.bytes += got;
      FASTNESS_RETURN_IF_ERROR(add(part));
      if (got < kPartSize) break;
    }
    ++packed_.files;
    return {};
  }

  Result<Packed> end() {
    Part part;
    ByteWriter out(part.body);
    out.u64(packed_.files);
    out.u64(packed_.bytes);
    FASTNESS_RETURN_IF_ERROR(add(part, crypto::StreamPart::last));
    FASTNESS_RETURN_IF_ERROR(os::sync(file_));
    return packed_;
  }

 private:
  Result<void> add(const Part& part, crypto::StreamPart place = crypto::StreamPart::more) {
    // The first part is bound to the head that stands before it, and the others to the first.
    const Bytes sealed =
        sealer_.seal(part.encode(), is_first_ ? ByteView(head_) : ByteView(), place);
    is_first_ = false;
    Bytes framed;
    ByteWriter(framed).sized(ByteView(sealed));
    return os::write_all(file_, framed);
  }

  int file_;
  crypto::StreamSealer sealer_;
  crypto::Digest head_;
  Packed packed_;
  bool is_first_ = true;
};

// Directories before what is in them, in one order on every machine.
Result<std::vector<std::filesystem::path>> all_below(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> paths;
  std::error_code failed;
  std::filesystem::recursive_directory_iterator at(directory, failed);
  for (; !failed && at != std::filesystem::recursive_directory_iterator(); at.increment(failed)) {
    paths.push_back(at->path());
  }
  if (failed)
    return fail(Errc::unavailable, "read " + directory.string() + ": " + failed.message());
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

Result<Ticket> Ticket::read_from(int descriptor) {
  constexpr std::size_t kKeySize = 32;
  Ticket ticket;
  crypto::SecretBytes encoded(kKeySize + ticket.head.size());
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t got, os::read_up_to(descriptor, encoded.reveal()));
  if (got != encoded.size()) return fail(Errc::unavailable, "the vault gave no key");
  std::ranges::copy(encoded.reveal().subspan(kKeySize), ticket.head.begin());
  ticket.key = crypto::SecretBytes::take(encoded.reveal().first(kKeySize));
  return ticket;
}

Result<Packed> pack(const std::filesystem::path& directory, int file, const Ticket& ticket) {
  FASTNESS_ASSIGN_OR_RETURN(const auto paths, all_below(directory));
  Packer packer(file, ticket);
  FASTNESS_RETURN_IF_ERROR(packer.begin());
  for (const std::filesystem::path& path : paths) {
    std::error_code failed;
    const auto status = std::filesystem::symlink_status(path, failed);
    if (failed) return fail(Errc::unavailable, "look at " + path.string());
    const std::string name = path.lexically_relative(directory).string();
    const bool is_directory = std::filesystem::is_directory(status);
    if (!is_directory && !std::filesystem::is_regular_file(status)) continue;
    if (!is_safe_path(name)) {
      return fail(Errc::invalid_argument, "no file of ours has such a name: " + path.string());
    }
    FASTNESS_RETURN_IF_ERROR(is_directory ? packer.add_directory(name)
                                          : packer.add_file(path, name));
  }
  return packer.end();
}

}  // namespace fastness::backup
