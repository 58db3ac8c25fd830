#include "gateway/link/plain_transport.h"

#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

namespace fastness::gateway {

using tls::Progress;
using tls::Step;

namespace {

Step after_failure(Progress if_not_ready) {
  const bool is_not_ready = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {is_not_ready ? if_not_ready : Progress::failed, 0};
}

}  // namespace

PlainTransport::PlainTransport(net::Accepted accepted)
    : descriptor_(accepted.socket.release()), slot_(std::move(accepted.slot)) {}

PlainTransport::~PlainTransport() {
  ::close(descriptor_);
}

Step PlainTransport::read(std::span<std::uint8_t> out) {
  const ssize_t got = ::recv(descriptor_, out.data(), out.size(), 0);
  if (got < 0) return after_failure(Progress::want_read);
  if (got == 0) return {Progress::closed, 0};
  return {Progress::done, static_cast<std::size_t>(got)};
}

Step PlainTransport::write(ByteView bytes) {
  const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) return after_failure(Progress::want_write);
  return {Progress::done, static_cast<std::size_t>(sent)};
}

void PlainTransport::close() {
  ::shutdown(descriptor_, SHUT_WR);
}

}  // namespace fastness::gateway
