#include "tls/record/record_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>

namespace fastness::tls {
namespace {

// Ciphertext that may wait for a slow peer; beyond it the caller must.
constexpr std::size_t kMaxOutput = std::size_t{64} << 10U;

}  // namespace

RecordStream::RecordStream(RecordLayer layer, int descriptor, Bytes unread, Bytes output)
    : layer_(std::move(layer)),
      unread_(std::move(unread)),
      output_(std::move(output)),
      descriptor_(descriptor) {}

RecordStream::Socket RecordStream::receive(std::span<std::uint8_t> out, std::size_t& size) {
  const ssize_t got = ::recv(descriptor_, out.data() + size, out.size() - size, 0);
  if (got > 0) {
    size += static_cast<std::size_t>(got);
    return Socket::ready;
  }
  if (got == 0) return Socket::ended;
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return Socket::drained;
  error_ = errno;
  return Socket::broken;
}

void RecordStream::keep(ByteView beginning) {
  unread_.assign(beginning.begin(), beginning.end());
  if (unread_.empty()) unread_ = Bytes();
}

Step RecordStream::read(RecordCiphers& ciphers, std::span<std::uint8_t> out) {
  if (out.size() < RecordLayer::kFullWire || unread_.size() > out.size()) std::abort();
  std::size_t size = unread_.size();
  std::ranges::copy(unread_, out.begin());
  while (layer_.is_open() && error_ == 0 && !is_cut_) {
    const Socket socket = size < out.size() ? receive(out, size) : Socket::ready;
    const RecordLayer::Opened opened = layer_.open(ciphers, out.first(size), output_);
    const auto rest = out.first(size).subspan(opened.used);
    if (has_output() && flush() == Progress::failed) break;
    if (output_.size() - sent_ > 2 * kMaxOutput) error_ = ENOBUFS;  // answers that nobody reads
    if (opened.plain > 0) {
      keep(rest);
      return {Progress::done, opened.plain};
    }
    std::memmove(out.data(), rest.data(), rest.size());
    size = rest.size();
    is_cut_ = socket == Socket::ended;
    if (socket != Socket::drained) continue;
    keep(out.first(size));
    return {Progress::want_read};
  }
  return {layer_.is_closed() ? Progress::closed : Progress::failed};
}

Step RecordStream::write(RecordCiphers& ciphers, ByteView bytes) {
  if (flush() == Progress::failed || !layer_.is_open()) return {Progress::failed};
  std::size_t taken = 0;
  while (taken < bytes.size() && output_.size() - sent_ < kMaxOutput) {
    const std::size_t size = std::min(bytes.size() - taken, RecordLayer::kFullPlain);
    layer_.seal(ciphers, bytes.subspan(taken, size), output_);
    if (!layer_.is_open()) break;
    taken += size;
  }
  if (flush() == Progress::failed) return {Progress::failed};
  if (taken == 0 && !bytes.empty()) {
    return {layer_.is_open() ? Progress::want_write : Progress::failed};
  }
  return {Progress::done, taken};
}

Progress RecordStream::flush() {
  if (error_ != 0) return Progress::failed;
  while (has_output()) {
    const ssize_t sent =
        ::send(descriptor_, output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Progress::want_write;
    if (sent < 0) {
      error_ = errno;
      return Progress::failed;
    }
    sent_ += static_cast<std::size_t>(sent);
  }
  output_ = Bytes();
  sent_ = 0;
  return Progress::done;
}

Progress RecordStream::close(RecordCiphers& ciphers) {
  layer_.close(ciphers, output_);
  return flush();
}

std::string_view RecordStream::failure() const {
  if (!layer_.failure().empty()) return layer_.failure();
  if (error_ != 0) return std::strerror(error_);  // NOLINT(concurrency-mt-unsafe): safe in glibc
  return is_cut_ ? "connection cut" : "";
}

}  // namespace fastness::tls
