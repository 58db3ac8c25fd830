#pragma once

#include <array>
#include <string>

#include "tls/stream/stream.h"

namespace fastness::tls::testing {

// Two nonblocking descriptors that are connected to each other.
class SocketPair {
 public:
  // `buffer_bytes`: how little the kernel may hold in between; zero for its default.
  explicit SocketPair(int buffer_bytes = 0);
  ~SocketPair();
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;

  [[nodiscard]] int server() const { return descriptors_[0]; }
  [[nodiscard]] int client() const { return descriptors_[1]; }
  void close_client();

 private:
  std::array<int, 2> descriptors_{-1, -1};
};

// Takes turns at the handshake until both are done or one failed. Whether both are done.
bool shake(Stream& server, Stream& client);

// Reads what there is, until the stream wants to wait or ends; `last` is why it stopped.
std::string read_all(Stream& stream, Progress* last = nullptr);

// Sends `text` through, however often the pipe between them fills up; what came out.
std::string transfer(Stream& from, Stream& to, const std::string& text);

}  // namespace fastness::tls::testing
