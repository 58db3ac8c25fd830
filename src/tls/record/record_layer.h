#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "tls/record/held_keys.h"
#include "tls/record/record_ciphers.h"
#include "tls/record/traffic_keys.h"

namespace fastness::tls {

// RFC 8446, 6, and RFC 5246, 7.2: those that we send or must tell apart.
enum class Alert : std::uint8_t {
  close_notify = 0,
  unexpected_message = 10,
  bad_record_mac = 20,
  record_overflow = 22,
  illegal_parameter = 47,
  decode_error = 50,
  internal_error = 80,
  user_canceled = 90,
  no_renegotiation = 100,
};

// The record protocol of a server's connection after its handshake: TLS 1.3 (RFC 8446, 5, 4.6.3, 6)
// and TLS 1.2 with an AEAD (RFC 5246, 6.2; RFC 5288; RFC 7905). Bytes in, bytes out: no socket, no
// clock, no allocation but in the caller's buffers. About 250 bytes. Move-only, thread-compatible.
//
// It answers a KeyUpdate, refuses renegotiation, and fails for ever, with the alert that the RFC
// names, at the first record that is not right.
class RecordLayer {
 public:
  static constexpr std::size_t kHeader = 5;
  static constexpr std::size_t kFullPlain = 16 * 1024;
  // The largest record that either version allows, on the wire.
  static constexpr std::size_t kFullWire = kHeader + kFullPlain + 2048;
  // Blocks of 16 bytes that we encrypt under one key: half of what RFC 8446, 5.5 allows for
  // AES-GCM. Then TLS 1.3 gets new keys, and TLS 1.2, which has none, a new connection.
  static constexpr std::uint64_t kMaxKeyBlocks = std::uint64_t{1} << 33U;

  // Where one direction stands.
  struct Half {
    TrafficSecret secret;  // TLS 1.3: what the next keys come from
    TrafficKeys keys;
    std::uint64_t sequence = 0;  // of the next record
  };
  struct Origin {
    Version version = Version::tls13;
    Suite suite = Suite::aes128_gcm_sha256;
    Half read;
    Half write;
    // TLS 1.2 with GCM: the part of the next record's nonce that is sent. Counts up from the
    // handshake's own, so that none comes twice under one key.
    std::uint64_t write_nonce = 0;
    std::size_t max_plain = kFullPlain;  // bytes in a record of ours
    std::uint64_t max_key_blocks = kMaxKeyBlocks;
  };
  explicit RecordLayer(Origin origin);

  // What became of `input`: `used` bytes of it are done with, and its first `plain` bytes now are
  // what the peer said.
  struct Opened {
    std::size_t used = 0;
    std::size_t plain = 0;
  };
  // Takes whole records off `input`, which it decrypts in place. Appends to `out` what the protocol
  // answers. Bytes that are the beginning of a record are not used.
  [[nodiscard]] Opened open(RecordCiphers& ciphers, std::span<std::uint8_t> input, Bytes& out);

  // Appends `plain` to `out` as one or more records. Precondition: `may_seal()`.
  void seal(RecordCiphers& ciphers, ByteView plain, Bytes& out);
  [[nodiscard]] bool may_seal() const { return is_open() && !said_goodbye_; }

  // Appends close_notify, once. Nothing is appended after it, whatever the peer still sends.
  void close(RecordCiphers& ciphers, Bytes& out);

  // The peer may still say something that counts.
  [[nodiscard]] bool is_open() const { return end_ == End::none; }
  // The peer said that nothing more follows.
  [[nodiscard]] bool is_closed() const { return end_ == End::closed; }
  // Why it failed, in a few words for our log; empty if it did not.
  [[nodiscard]] std::string_view failure() const { return failure_; }

 private:
  enum class Type : std::uint8_t {
    change_cipher_spec = 20,
    alert = 21,
    handshake = 22,
    application_data = 23,
  };
  enum class End : std::uint8_t { none, closed, failed };
  struct Record {
    Type type;
    std::span<std::uint8_t> body;
  };

  [[nodiscard]] std::optional<Record> decrypt(RecordCiphers& ciphers,
                                              std::span<std::uint8_t> record, Bytes& out);
  [[nodiscard]] std::optional<Record> decrypt13(RecordCiphers& ciphers,
                                                std::span<std::uint8_t> record, Bytes& out);
  [[nodiscard]] std::optional<Record> decrypt12(RecordCiphers& ciphers,
                                                std::span<std::uint8_t> record, Bytes& out);
  // Whatever is not application data.
  void take(RecordCiphers& ciphers, const Record& record, Bytes& out);
  void take_alert(RecordCiphers& ciphers, ByteView body, Bytes& out);
  void take_handshake(RecordCiphers& ciphers, ByteView body, Bytes& out);
  void update_read_keys(RecordCiphers& ciphers, bool peer_asks, Bytes& out);
  void update_write_keys(RecordCiphers& ciphers, Bytes& out);
  // What must come before each record of ours that a peer can cause without end. False if the keys
  // are worn out and it has ended for that.
  [[nodiscard]] bool renew_worn_keys(RecordCiphers& ciphers, Bytes& out);
  void seal_record(RecordCiphers& ciphers, Type type, ByteView plain, Bytes& out);
  [[nodiscard]] RecordCiphers::Nonce nonce_of(Direction direction,
                                              std::uint64_t explicit_part) const;
  // Follows the peer's KeyUpdate, or ours (RFC 8446, 7.2). False if OpenSSL refuses.
  [[nodiscard]] bool update_keys(Direction direction);
  [[nodiscard]] bool sends_nonce() const;
  void fail(RecordCiphers& ciphers, Alert alert, const char* why, Bytes& out);

  // Small members fill the room that it leaves at its end: there is one of these for each device.
  [[no_unique_address]] HeldKeys keys_;
  std::uint16_t max_plain_;
  End end_ = End::none;
  bool said_goodbye_ = false;
  std::uint8_t idle_records_ = 0;  // in a row, that carried nothing
  std::uint8_t message_size_ = 0;
  std::array<std::uint8_t, 5> message_{};  // the beginning of a handshake message
  std::uint64_t read_sequence_;            // of the next record
  std::uint64_t write_sequence_;
  std::uint64_t write_nonce_;
  std::uint64_t written_blocks_ = 0;  // under these keys
  std::uint64_t max_key_blocks_;
  const char* failure_ = "";
};

}  // namespace fastness::tls
