// From OpenSSL's handshake to our record layer; for the .cc files of this folder only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "tls/openssl.h"
#include "tls/record/record_layer.h"

namespace fastness::tls {

// What is watched during a handshake that is to be handed over, since OpenSSL tells it then or
// never. Lives as long as the handshake.
class Handover {
 public:
  // Begins to watch the handshake of `ssl`, whose context tells secrets to `note_secret`.
  explicit Handover(SSL& ssl);

  // SSL_CTX_set_keylog_callback's: finds its way by `of`.
  void note_secret(std::string_view line);
  void note_written(ByteView ciphertext);

  // Reads from `descriptor` for OpenSSL, which asks for each record's header and body apart: much
  // at once from the socket, not a byte more than asked for to OpenSSL. As recv(2).
  [[nodiscard]] int receive(int descriptor, std::span<std::uint8_t> out);
  // What came from the socket beyond the handshake.
  [[nodiscard]] Bytes unread() const;

  // Nothing while the handshake is not done: the peer has proved nothing yet. Nothing if OpenSSL
  // has to keep the connection: a suite that we do not speak, or records that it has read or
  // written since and that we cannot count. The secrets leave this object with the first call that
  // finds the handshake done, whatever comes of it.
  [[nodiscard]] std::optional<RecordLayer::Origin> finish(const SSL& ssl);

 private:
  static void on_message(int is_write, int version, int type, const void* message, std::size_t size,
                         SSL* ssl, void* self);
  [[nodiscard]] bool derive13(RecordLayer::Origin& origin) const;
  [[nodiscard]] bool derive12(const SSL& ssl, RecordLayer::Origin& origin) const;

  // The last record that a TLS 1.2 server writes in its handshake: Finished, sealed with GCM.
  static constexpr std::size_t kFinished12 = 5 + 8 + 16 + 16;

  TrafficSecret client_;
  TrafficSecret server_;
  // Records since the Finished of that direction.
  std::uint64_t read_since_finished_ = 0;
  std::uint64_t written_since_finished_ = 0;
  std::array<std::uint8_t, kFinished12> last_written_{};
  Bytes unread_;
  std::size_t unread_taken_ = 0;
};

}  // namespace fastness::tls
