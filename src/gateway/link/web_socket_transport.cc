#include "gateway/link/web_socket_transport.h"

#include <algorithm>
#include <utility>

namespace fastness::gateway {

void WebSocketTransport::on_message(std::string_view message) {
  asked_ = false;
  const ByteView bytes = as_bytes(message);
  input_.insert(input_.end(), bytes.begin(), bytes.end());
}

tls::Step WebSocketTransport::read(std::span<std::uint8_t> out) {
  const std::size_t size = std::min(out.size(), input_.size() - consumed_);
  if (size == 0) {
    input_ = {};
    consumed_ = 0;
    if (closed_) return {tls::Progress::closed, 0};
    if (!std::exchange(asked_, true)) socket_->receive();
    return {tls::Progress::want_read, 0};
  }
  std::copy_n(input_.begin() + static_cast<std::ptrdiff_t>(consumed_), size, out.begin());
  consumed_ += size;
  return {tls::Progress::done, size};
}

tls::Step WebSocketTransport::write(ByteView bytes) {
  if (closed_) return {tls::Progress::closed, 0};
  if (socket_->unsent() > kMaxUnsent) return {tls::Progress::want_write, 0};
  socket_->send(std::string(as_text(bytes)));
  return {tls::Progress::done, bytes.size()};
}

}  // namespace fastness::gateway
