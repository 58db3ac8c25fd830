#include "tls/stream/async_stream.h"

#include <boost/asio/buffer.hpp>

namespace fastness::tls {
namespace {

namespace asio = boost::asio;

Step from_socket(const boost::system::error_code& error, std::size_t bytes, Progress wait) {
  if (!error) return {Progress::done, bytes};
  if (error == asio::error::would_block || error == asio::error::try_again) return {wait};
  return {error == asio::error::eof ? Progress::closed : Progress::failed};
}

}  // namespace

AsyncStream::AsyncStream(Socket socket, std::optional<Stream> tls)
    : socket_(std::move(socket)), tls_(std::move(tls)) {
  boost::system::error_code ignored;  // of a socket that is dead already: the first step will tell
  socket_.non_blocking(true, ignored);
}

void AsyncStream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

boost::system::error_code AsyncStream::error_of(const Step& step) {
  switch (step.progress) {
    case Progress::closed:
      return asio::error::eof;
    case Progress::failed:
      return asio::error::connection_reset;
    default:
      return {};
  }
}

Step AsyncStream::step_handshake() {
  return tls_ ? Step{tls_->handshake()} : Step{};
}

Step AsyncStream::step_read(std::span<std::uint8_t> out) {
  if (out.empty()) return {};
  if (tls_) return tls_->read(out);
  boost::system::error_code error;
  const std::size_t got = socket_.read_some(asio::buffer(out.data(), out.size()), error);
  return from_socket(error, got, Progress::want_read);
}

Step AsyncStream::step_write(const Pieces& pieces) {
  if (asio::buffer_size(pieces) == 0) return {};
  if (!tls_) {
    boost::system::error_code error;
    const std::size_t sent = socket_.write_some(pieces, error);
    return from_socket(error, sent, Progress::want_write);
  }
  if (written_ == 0) {
    const Step step = encrypt(pieces);
    if (step.progress != Progress::done) return step;
    written_ = step.bytes;
  }
  const Progress flushed = tls_->flush();
  if (flushed != Progress::done) return {flushed};
  return {Progress::done, std::exchange(written_, 0)};
}

Step AsyncStream::encrypt(const Pieces& pieces) {
  constexpr std::size_t kRecord = 16 * 1024;
  const auto& head = pieces.front();
  if (head.size() >= kRecord || pieces[1].size() == 0) {
    return tls_->write({static_cast<const std::uint8_t*>(head.data()), head.size()});
  }
  std::array<std::uint8_t, kRecord> gathered;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const std::size_t size = asio::buffer_copy(asio::buffer(gathered), pieces);
  return tls_->write(ByteView(gathered).first(size));
}

Step AsyncStream::step_shutdown() {
  if (!socket_.is_open()) return {};
  if (tls_) {
    const Progress closed = tls_->close();
    if (closed != Progress::done) return {closed};
  }
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  return {};
}

}  // namespace fastness::tls
