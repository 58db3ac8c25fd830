#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "tls/record/record_layer.h"

namespace fastness::tls {

// A connection whose handshake is over and whose OpenSSL object is gone: a RecordLayer on a
// nonblocking descriptor that it does not own. Steps as of Stream. An idle one holds no buffer and
// costs about 280 bytes. The ciphers are those of the calling thread. Thread-compatible.
class RecordStream {
 public:
  // `unread`: what came from the socket and is not processed; `output`: ciphertext that waits.
  RecordStream(RecordLayer layer, int descriptor, Bytes unread, Bytes output);

  // As Stream::read, for a poll that is level-triggered: after a read that emptied the socket it
  // says `want_read` once without having looked. Precondition: `out` has room for
  // RecordLayer::kFullWire bytes, since records are decrypted in it.
  [[nodiscard]] Step read(RecordCiphers& ciphers, std::span<std::uint8_t> out);

  // Encrypts up to `bytes.size()` bytes and sends all that waits; less if a slow peer leaves much.
  // `failed` after `close` too.
  [[nodiscard]] Step write(RecordCiphers& ciphers, ByteView bytes);

  // Sends what waits. `want_write` if the socket took only part of it.
  [[nodiscard]] Progress flush();
  [[nodiscard]] bool has_output() const { return unsent() != 0; }

  // As Stream::close.
  [[nodiscard]] Progress close(RecordCiphers& ciphers);

  [[nodiscard]] int descriptor() const { return descriptor_; }

  // Why it failed, in a few words for our log; empty if it did not.
  [[nodiscard]] std::string_view failure() const;

 private:
  enum class Socket : std::uint8_t { ready, drained, ended, broken };
  // Reads behind the `size` bytes that `out` has.
  [[nodiscard]] Socket receive(std::span<std::uint8_t> out, std::size_t& size);
  // Until the rest of its record comes. Nothing takes no memory.
  void keep(ByteView beginning);

  // What lies between two steps; most of the time nothing does.
  struct Waiting {
    Bytes unread;  // the beginning of a record
    Bytes output;  // ciphertext, of which `sent` bytes have left
    std::size_t sent = 0;

    [[nodiscard]] bool is_empty() const { return unread.empty() && output.empty(); }
  };

  [[nodiscard]] std::size_t unsent() const;
  // Sends `records` behind what waits already; keeps what the socket does not take.
  [[nodiscard]] Progress send(ByteView records);
  // How many bytes the socket takes; nothing if it is broken.
  [[nodiscard]] std::optional<std::size_t> push(ByteView bytes);
  [[nodiscard]] Waiting& waiting();
  void rest();

  RecordLayer layer_;
  std::unique_ptr<Waiting> waiting_;  // null while nothing waits
  int descriptor_;
  std::int16_t error_ = 0;  // of the socket
  bool is_cut_ = false;
  bool is_drained_ = false;  // the last read took all there was: the next need not ask the kernel
};

}  // namespace fastness::tls
