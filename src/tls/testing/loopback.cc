#include "tls/testing/loopback.h"

#include <cstdlib>

#include <sys/socket.h>
#include <unistd.h>

namespace fastness::tls::testing {

SocketPair::SocketPair(int buffer_bytes) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, descriptors_.data()) != 0) std::abort();
  if (buffer_bytes == 0) return;
  for (const int descriptor : descriptors_) {
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes));
  }
}

SocketPair::~SocketPair() {
  ::close(descriptors_[0]);
  close_client();
}

void SocketPair::close_client() {
  if (descriptors_[1] >= 0) ::close(descriptors_[1]);
  descriptors_[1] = -1;
}

bool shake(Stream& server, Stream& client) {
  constexpr int kMaxSteps = 20;
  Progress server_progress = Progress::want_read;
  Progress client_progress = Progress::want_read;
  for (int i = 0; i < kMaxSteps; ++i) {
    if (client_progress != Progress::done) client_progress = client.handshake();
    if (server_progress != Progress::done) server_progress = server.handshake();
    if (server_progress == Progress::done && client_progress == Progress::done) return true;
    if (server_progress == Progress::failed) {
      read_all(client);  // the alert
      return false;
    }
    if (client_progress == Progress::failed) {
      (void)server.handshake();
      return false;
    }
  }
  return false;
}

std::string read_all(Stream& stream, Progress* last) {
  std::string text;
  std::array<std::uint8_t, 4096> buffer{};
  while (true) {
    const Step step = stream.read(buffer);
    if (step.progress != Progress::done) {
      if (last != nullptr) *last = step.progress;
      return text;
    }
    text += as_text({buffer.data(), step.bytes});
  }
}

std::string transfer(Stream& from, Stream& to, const std::string& text) {
  std::string out;
  std::size_t sent = 0;
  while (sent < text.size() || from.has_output()) {
    const Step step =
        sent < text.size() ? from.write(as_bytes(text).subspan(sent)) : Step{from.flush()};
    if (step.progress == Progress::failed) return out;
    sent += step.bytes;
    Progress last = Progress::want_read;
    out += read_all(to, &last);
    if (last != Progress::want_read) return out;
  }
  return out + read_all(to);
}

}  // namespace fastness::tls::testing
