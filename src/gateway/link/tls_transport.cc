#include "gateway/link/tls_transport.h"

#include <unistd.h>

namespace fastness::gateway {

TlsTransport::TlsTransport(net::Accepted accepted, const tls::ServerContext& context)
    : descriptor_(accepted.socket.release()),
      slot_(std::move(accepted.slot)),
      stream_(context.accept(descriptor_)) {}

TlsTransport::~TlsTransport() {
  ::close(descriptor_);
}

tls::Step TlsTransport::write(ByteView bytes) {
  // All records of a turn leave in one system call.
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const tls::Step step = stream_.queue(bytes.subspan(taken));
    if (step.progress == tls::Progress::want_write) break;
    if (step.progress != tls::Progress::done) return step;
    taken += step.bytes;
  }
  const tls::Progress flushed = stream_.flush();
  if (flushed == tls::Progress::failed || flushed == tls::Progress::closed) return {flushed, 0};
  return {tls::Progress::done, taken};
}

}  // namespace fastness::gateway
