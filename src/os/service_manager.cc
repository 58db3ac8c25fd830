#include "os/service_manager.h"

#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

namespace fastness::os {

Result<ServiceManager> ServiceManager::connect(std::string_view address) {
  if (address.empty()) return ServiceManager(Descriptor());
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  const bool has_form = address.front() == '/' || address.front() == '@';
  if (!has_form || address.size() < 2 || address.size() >= sizeof place.sun_path) {
    return fail(Errc::invalid_argument, "NOTIFY_SOCKET is no address of a Unix socket");
  }
  std::memcpy(place.sun_path, address.data(), address.size());
  // A name that is no file begins with a zero, and is as long as the address says.
  const bool is_file = address.front() == '/';
  if (!is_file) place.sun_path[0] = '\0';
  const std::size_t size = offsetof(sockaddr_un, sun_path) + address.size() + (is_file ? 1 : 0);

  Descriptor made(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!made.is_open()) return fail_with_errno("make a socket for the service manager");
  const auto* generic = reinterpret_cast<const sockaddr*>(&place);
  if (::connect(made.number(), generic, static_cast<socklen_t>(size)) != 0) {
    return fail_with_errno("reach the service manager at NOTIFY_SOCKET");
  }
  return ServiceManager(std::move(made));
}

Result<void> ServiceManager::tell(std::string_view state) const {
  if (!socket_.is_open()) return {};
  const auto sent =
      ::send(socket_.number(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(state.size()))
    return fail_with_errno("tell the service manager");
  return {};
}

}  // namespace fastness::os
