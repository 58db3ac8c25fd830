#include "os/files/descriptor.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace fastness::os {

namespace {

Errc code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      return Errc::not_found;
    case EEXIST:
    case EADDRINUSE:
      return Errc::already_exists;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::permission_denied;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Errc::exhausted;
    case EINVAL:
    case ENAMETOOLONG:
    case EMSGSIZE:
      return Errc::invalid_argument;
    default:
      return Errc::unavailable;
  }
}

}  // namespace

void Descriptor::close() noexcept {
  // Not repeated on EINTR: Linux has closed it by then, and the number may be somebody else's.
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Result<Descriptor> Descriptor::duplicate() const {
  const int copy = ::fcntl(number_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return fail_with_errno("duplicate descriptor");
  return Descriptor(copy);
}

Unexpected<Error> fail_with_errno(std::string_view what) {
  const int number = errno;
  return fail(code_of(number), std::string(what) + ": " + std::generic_category().message(number));
}

}  // namespace fastness::os
