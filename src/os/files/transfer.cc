#include "os/files/transfer.h"

#include <cerrno>

#include <unistd.h>

#include "os/files/descriptor.h"

namespace fastness::os {

Result<std::size_t> read_up_to(int descriptor, std::span<std::uint8_t> out) {
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t got = ::read(descriptor, out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_with_errno("read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return size;
}

Result<void> write_all(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_with_errno("write");
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> sync(int descriptor) {
  if (::fsync(descriptor) != 0) return fail_with_errno("make a file durable");
  return {};
}

}  // namespace fastness::os
