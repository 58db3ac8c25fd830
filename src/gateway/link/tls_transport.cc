#include "gateway/link/tls_transport.h"

#include <unistd.h>

namespace fastness::gateway {

using tls::Progress;
using tls::RecordStream;
using tls::Step;
using tls::Stream;

namespace {

// All records of a turn leave in one system call.
Step write_through(Stream& stream, ByteView bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const Step step = stream.queue(bytes.subspan(taken));
    if (step.progress == Progress::want_write) break;
    if (step.progress != Progress::done) return step;
    taken += step.bytes;
  }
  const Progress flushed = stream.flush();
  if (flushed == Progress::failed || flushed == Progress::closed) return {flushed, 0};
  return {Progress::done, taken};
}

}  // namespace

TlsTransport::TlsTransport(net::Accepted accepted, const tls::ServerContext& context)
    : slot_(std::move(accepted.slot)), link_(context.accept(accepted.socket.release())) {}

TlsTransport::~TlsTransport() {
  ::close(descriptor());
}

int TlsTransport::descriptor() const {
  return std::visit([](const auto& link) { return link.descriptor(); }, link_);
}

Progress TlsTransport::handshake() {
  return std::get<Stream>(link_).handshake();
}

bool TlsTransport::settle() {
  auto* stream = std::get_if<Stream>(&link_);
  auto next = stream != nullptr ? stream->hand_over() : std::nullopt;
  if (next) link_ = std::move(*next);
  return next.has_value();
}

Step TlsTransport::read(std::span<std::uint8_t> out) {
  if (auto* own = std::get_if<RecordStream>(&link_)) return own->read(*ciphers_, out);
  return std::get<Stream>(link_).read(out);
}

Step TlsTransport::write(ByteView bytes) {
  if (auto* own = std::get_if<RecordStream>(&link_)) {
    const Step step = own->write(*ciphers_, bytes);
    return step.progress == Progress::want_write ? Step{Progress::done, 0} : step;
  }
  return write_through(std::get<Stream>(link_), bytes);
}

bool TlsTransport::has_output() const {
  return std::visit([](const auto& link) { return link.has_output(); }, link_);
}

Progress TlsTransport::flush() {
  return std::visit([](auto& link) { return link.flush(); }, link_);
}

void TlsTransport::close() {
  if (auto* own = std::get_if<RecordStream>(&link_)) {
    (void)own->close(*ciphers_);
  } else {
    (void)std::get<Stream>(link_).close();
  }
}

}  // namespace fastness::gateway
