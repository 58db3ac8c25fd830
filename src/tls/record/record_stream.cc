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
    : layer_(std::move(layer)), descriptor_(descriptor) {
  if (!unread.empty()) waiting().unread = std::move(unread);
  if (!output.empty()) waiting().output = std::move(output);
}

RecordStream::Waiting& RecordStream::waiting() {
  if (!waiting_) waiting_ = std::make_unique<Waiting>();
  return *waiting_;
}

void RecordStream::rest() {
  if (waiting_ && waiting_->is_empty()) waiting_.reset();
}

std::size_t RecordStream::unsent() const {
  return waiting_ ? waiting_->output.size() - waiting_->sent : 0;
}

RecordStream::Socket RecordStream::receive(std::span<std::uint8_t> out, std::size_t& size) {
  const std::size_t room = out.size() - size;
  const ssize_t got = ::recv(descriptor_, out.data() + size, room, 0);
  if (got > 0) {
    is_drained_ = static_cast<std::size_t>(got) < room;
    size += static_cast<std::size_t>(got);
    return Socket::ready;
  }
  if (got == 0) return Socket::ended;
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return Socket::drained;
  error_ = static_cast<std::int16_t>(errno);
  return Socket::broken;
}

void RecordStream::keep(ByteView beginning) {
  if (!beginning.empty()) {
    waiting().unread.assign(beginning.begin(), beginning.end());
  } else if (waiting_) {
    waiting_->unread = Bytes();
    rest();
  }
}

Step RecordStream::read(RecordCiphers& ciphers, std::span<std::uint8_t> out) {
  if (std::exchange(is_drained_, false) && layer_.is_open()) return {Progress::want_read};
  std::size_t size = waiting_ ? waiting_->unread.size() : 0;
  if (out.size() < RecordLayer::kFullWire || size > out.size()) std::abort();
  if (size != 0) std::ranges::copy(waiting_->unread, out.begin());
  while (layer_.is_open() && error_ == 0 && !is_cut_) {
    const Socket socket = size < out.size() ? receive(out, size) : Socket::ready;
    Bytes& answers = ciphers.scratch();
    const RecordLayer::Opened opened = layer_.open(ciphers, out.first(size), answers);
    const auto rest = out.first(size).subspan(opened.used);
    if (!answers.empty() && send(answers) == Progress::failed) break;
    if (unsent() > 2 * kMaxOutput) error_ = ENOBUFS;  // answers that nobody reads
    if (opened.plain > 0) {
      // Behind an end may lie any amount of what nobody will look at.
      keep(layer_.is_open() ? ByteView(rest) : ByteView());
      return {Progress::done, opened.plain};
    }
    std::memmove(out.data(), rest.data(), rest.size());
    size = rest.size();
    is_cut_ = socket == Socket::ended;
    // What lay here already may have ended it, and then no poll would call again.
    const bool may_go_on = layer_.is_open() && error_ == 0;
    if (socket != Socket::drained || !may_go_on) continue;
    keep(out.first(size));
    return {Progress::want_read};
  }
  return {layer_.is_closed() ? Progress::closed : Progress::failed};
}

Step RecordStream::write(RecordCiphers& ciphers, ByteView bytes) {
  if (flush() == Progress::failed || !layer_.may_seal()) return {Progress::failed};
  Bytes& records = ciphers.scratch();
  std::size_t taken = 0;
  while (taken < bytes.size() && unsent() + records.size() < kMaxOutput) {
    const std::size_t size = std::min(bytes.size() - taken, RecordLayer::kFullPlain);
    layer_.seal(ciphers, bytes.subspan(taken, size), records);
    if (!layer_.is_open()) break;
    taken += size;
  }
  if (send(records) == Progress::failed) return {Progress::failed};
  if (taken == 0 && !bytes.empty()) {
    return {layer_.is_open() ? Progress::want_write : Progress::failed};
  }
  return {Progress::done, taken};
}

std::optional<std::size_t> RecordStream::push(ByteView bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t sent =
        ::send(descriptor_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (sent < 0) {
      error_ = static_cast<std::int16_t>(errno);
      return std::nullopt;
    }
    done += static_cast<std::size_t>(sent);
  }
  return done;
}

Progress RecordStream::send(ByteView records) {
  if (flush() == Progress::failed) return Progress::failed;
  if (!has_output()) {
    const auto sent = push(records);
    if (!sent) return Progress::failed;
    records = records.subspan(*sent);
  }
  if (records.empty()) return Progress::done;
  Bytes& output = waiting().output;
  output.insert(output.end(), records.begin(), records.end());
  return Progress::want_write;
}

Progress RecordStream::flush() {
  if (error_ != 0) return Progress::failed;
  if (!has_output()) return Progress::done;
  const auto sent = push(ByteView(waiting_->output).subspan(waiting_->sent));
  if (!sent) return Progress::failed;
  waiting_->sent += *sent;
  if (has_output()) return Progress::want_write;
  waiting_->output = Bytes();
  waiting_->sent = 0;
  rest();
  return Progress::done;
}

Progress RecordStream::close(RecordCiphers& ciphers) {
  Bytes& records = ciphers.scratch();
  layer_.close(ciphers, records);
  return send(records);
}

std::string_view RecordStream::failure() const {
  if (!layer_.failure().empty()) return layer_.failure();
  if (error_ != 0) return std::strerror(error_);  // NOLINT(concurrency-mt-unsafe): safe in glibc
  return is_cut_ ? "connection cut" : "";
}

}  // namespace fastness::tls
