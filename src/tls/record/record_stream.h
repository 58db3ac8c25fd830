#pragma once

#include <string_view>

#include "tls/record/record_layer.h"

namespace fastness::tls {

// A connection whose handshake is over and whose OpenSSL object is gone: a RecordLayer on a
// nonblocking descriptor that it does not own. Steps as of Stream. An idle one holds no buffer and
// costs about 350 bytes. The ciphers are those of the calling thread. Thread-compatible.
class RecordStream {
 public:
  // `unread`: what came from the socket and is not processed; `output`: ciphertext that waits.
  RecordStream(RecordLayer layer, int descriptor, Bytes unread, Bytes output);

  // As Stream::read. Precondition: `out` has room for RecordLayer::kFullWire bytes, since records
  // are decrypted in it.
  [[nodiscard]] Step read(RecordCiphers& ciphers, std::span<std::uint8_t> out);

  // Encrypts up to `bytes.size()` bytes and sends all that waits; less if a slow peer leaves much.
  [[nodiscard]] Step write(RecordCiphers& ciphers, ByteView bytes);

  // Sends what waits. `want_write` if the socket took only part of it.
  [[nodiscard]] Progress flush();
  [[nodiscard]] bool has_output() const { return sent_ < output_.size(); }

  // As Stream::close.
  [[nodiscard]] Progress close(RecordCiphers& ciphers);

  void limit_records(std::size_t bytes) { layer_.limit_records(bytes); }

  // Why it failed, in a few words for our log; empty if it did not.
  [[nodiscard]] std::string_view failure() const;

 private:
  enum class Socket : std::uint8_t { ready, drained, ended, broken };
  // Reads behind the `size` bytes that `out` has.
  [[nodiscard]] Socket receive(std::span<std::uint8_t> out, std::size_t& size);
  // Until the rest of its record comes. Nothing takes no memory.
  void keep(ByteView beginning);

  RecordLayer layer_;
  Bytes unread_;
  Bytes output_;
  std::size_t sent_ = 0;
  int descriptor_;
  int error_ = 0;  // of the socket
  bool is_cut_ = false;
};

}  // namespace fastness::tls
