#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "tls/context/credential.h"

namespace fastness::tls {

enum class Version : std::uint8_t { tls12, tls13 };

// What a step on a nonblocking stream came to.
enum class Progress : std::uint8_t {
  done,        // the step happened
  want_read,   // wait until the socket is readable, then repeat the step
  want_write,  // wait until the socket is writable, then `flush`
  closed,      // the peer ended the stream properly (close_notify)
  failed,      // the stream is dead; `failure` says why
};

struct Step {
  Progress progress = Progress::done;
  std::size_t bytes = 0;  // moved by this step; zero unless `done`
};

// A client's memory of one server, with which the next handshake is shorter. Copyable, opaque.
class Session {
 public:
  struct Opaque;
  explicit Session(std::shared_ptr<Opaque> opaque) : opaque_(std::move(opaque)) {}
  [[nodiscard]] Opaque& opaque() const { return *opaque_; }

 private:
  std::shared_ptr<Opaque> opaque_;  // shared: copies of a session are the same session
};

class RecordStream;  // record/record_stream.h

// One TLS connection on a nonblocking descriptor that it does not own: the descriptor must stay
// open as long as steps are taken. Made by a ServerContext or a ClientContext. Each step does what
// can be done without waiting. An idle stream holds no buffer. Thread-compatible.
//
// Output is collected and written with as few system calls as possible: what the socket does not
// take at once stays inside (`has_output`), to be flushed when the socket becomes writable.
class Stream {
 public:
  class State;
  explicit Stream(std::unique_ptr<State> state);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  // Repeat until `done`. On `failed` the alert has been sent already.
  [[nodiscard]] Progress handshake();

  // Reads up to `out.size()` bytes. After readiness was reported read until `want_read`: bytes may
  // wait inside, where no poll can see them.
  [[nodiscard]] Step read(std::span<std::uint8_t> out);

  // Encrypts up to `bytes.size()` bytes without writing, as one or more records; less if much
  // output waits already, `want_write` if too much does. For several records in one `flush`.
  [[nodiscard]] Step queue(ByteView bytes);

  // Writes what waits. `want_write` if the socket took only part of it.
  [[nodiscard]] Progress flush();

  // `queue` then `flush`. `done` with the number of bytes taken even if some of their ciphertext
  // still waits: look at `has_output`.
  [[nodiscard]] Step write(ByteView bytes);

  [[nodiscard]] bool has_output() const;

  // Tells the peer that nothing more follows. Does not wait for the answer; close the descriptor
  // when `has_output` is false.
  [[nodiscard]] Progress close();

  // Makes no record larger than `bytes` (512 to 16384) from here on, for peers with small buffers.
  // A smaller max_fragment_length that the peer asked for (RFC 6066, 4) still holds. From the end
  // of the handshake the limit is 4096 for TLS 1.2 and 16384 for TLS 1.3.
  void limit_records(std::size_t bytes);

  [[nodiscard]] int descriptor() const;

  // The following hold their value once the handshake is done.

  [[nodiscard]] Version version() const;
  [[nodiscard]] std::string_view cipher() const;
  [[nodiscard]] bool is_resumed() const;

  // What ALPN agreed on; empty if the client did not ask.
  [[nodiscard]] std::string_view protocol() const;

  // The name that the client asked for (SNI); empty if it did not.
  [[nodiscard]] std::string_view server_name() const;

  // The peer's certificate, DER, if its key was proven in this handshake. A server that resumes
  // TLS 1.3 knows only its digest.
  [[nodiscard]] std::optional<Bytes> peer_leaf() const;

  // The digest of the certificate whose key was proven in this handshake or in the one resumed;
  // absent if there was none. Cheap.
  [[nodiscard]] std::optional<LeafDigest> peer_digest() const;

  // What to give to the next `ClientContext::connect`; for clients. With TLS 1.3 the server sends
  // it after the handshake, so read first.
  [[nodiscard]] std::optional<Session> session() const;

  // Why the stream failed, in a few words for our log; empty if it did not.
  [[nodiscard]] std::string_view failure() const;

  // Takes a server's connection out of OpenSSL, right after its handshake: before anything is read
  // or written. This stream is then of no use any more. Nothing, and the stream goes on as before,
  // if the context does not say `hand_over`, the handshake is not done or OpenSSL must keep the
  // connection, which it then does for good.
  [[nodiscard]] std::optional<RecordStream> hand_over();

 private:
  std::unique_ptr<State> state_;
};

}  // namespace fastness::tls
