#include "os/exit_status.h"

namespace fastness::os {

ExitStatus exit_status_for(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return ExitStatus::usage;
    case Errc::not_found:
      return ExitStatus::not_found;
    case Errc::unauthenticated:
    case Errc::permission_denied:
      return ExitStatus::not_permitted;
    case Errc::already_exists:
      return ExitStatus::conflict;
    case Errc::unavailable:
    case Errc::exhausted:
      return ExitStatus::unavailable;
    case Errc::corrupted:
      return ExitStatus::failure;
  }
  return ExitStatus::failure;
}

}  // namespace fastness::os
