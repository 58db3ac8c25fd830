#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "tls/record/record_stream.h"
#include "tls/testing/pair.h"
#include "tls/testing/peer.h"

namespace fastness::tls::testing {

// For a server whose streams may leave OpenSSL.
inline ServerContext::Options handing_over() {
  ServerContext::Options options;
  options.client_certificate = ClientCertificate::request;
  options.hand_over = true;
  return options;
}

// A version and a suite, for what is to hold with each of them.
struct Kind {
  const char* name;
  int version;
  const char* suite;

  void set_up(SSL_CTX& context) const {
    SSL_CTX_set_min_proto_version(&context, version);
    SSL_CTX_set_max_proto_version(&context, version);
    if (version == TLS1_3_VERSION) {
      SSL_CTX_set_ciphersuites(&context, suite);
    } else {
      SSL_CTX_set_cipher_list(&context, suite);
    }
  }
};
inline constexpr Kind kTls13{"Tls13Aes128", TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"};
inline constexpr Kind kTls12{"Tls12Aes128", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"};
inline constexpr std::array kEveryKind{
    kTls13,
    Kind{"Tls13Aes256", TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
    Kind{"Tls13ChaCha", TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"},
    kTls12,
    Kind{"Tls12Aes256", TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"},
    Kind{"Tls12ChaCha", TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"}};

inline void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

// Counts the KeyUpdates that clients of `context` receive.
inline void count_key_updates(SSL_CTX& context, std::size_t& count) {
  SSL_CTX_set_msg_callback(&context, [](int is_write, int /*version*/, int type, const void* bytes,
                                        std::size_t size, SSL* /*ssl*/, void* counter) {
    const bool is_update = is_write == 0 && type == SSL3_RT_HANDSHAKE && size > 0 &&
                           *static_cast<const std::uint8_t*>(bytes) == SSL3_MT_KEY_UPDATE;
    if (is_update) ++*static_cast<std::size_t*>(counter);
  });
  SSL_CTX_set_msg_callback_arg(&context, &count);
}

// OpenSSL's client, and our side after the handover.
class Settled {
 public:
  Settled(World& world, const std::function<void(SSL_CTX&)>& set_up) : peer_(world, set_up) {
    if (peer_.shake()) hand_over();
  }
  Settled(World& world, const Kind& kind)
      : Settled(world, [&kind](SSL_CTX& context) { kind.set_up(context); }) {}

  // `behind` adds to the client's last flight.
  Settled(World& world, const Kind& kind, const std::function<void(Peer&)>& behind)
      : peer_(world, [&kind](SSL_CTX& context) { kind.set_up(context); }) {
    if (peer_.shake([&] { behind(peer_); })) hand_over();
  }

  [[nodiscard]] bool ok() const { return stream_.has_value(); }
  [[nodiscard]] RecordStream& stream() { return *stream_; }
  [[nodiscard]] SSL* ssl() { return peer_.ssl(); }
  [[nodiscard]] const Peer& peer() const { return peer_; }

  // What the client sends comes out here; `last` is why it stopped.
  std::string hear(Progress* last = nullptr) {
    std::string text;
    while (true) {
      const Step step = stream_->read(ciphers, buffer_);
      if (step.progress != Progress::done) {
        if (last != nullptr) *last = step.progress;
        return text;
      }
      text += as_text(ByteView(buffer_).first(step.bytes));
    }
  }

  // Sends from the client, in pieces that the pipe between them holds.
  std::string from_client(const std::string& text) {
    std::string heard;
    for (std::size_t at = 0; at < text.size();) {
      std::size_t sent = 0;
      const std::size_t piece = std::min<std::size_t>(text.size() - at, 30'000);
      if (SSL_write_ex(ssl(), text.data() + at, piece, &sent) != 1) break;
      at += sent;
      heard += hear();
    }
    return heard;
  }

  std::string to_client(const std::string& text) {
    std::string heard;
    std::size_t at = 0;
    while (at < text.size()) {
      const Step step = stream_->write(ciphers, as_bytes(text).subspan(at));
      if (step.progress == Progress::failed) break;
      at += step.bytes;
      heard += heard_by_client();
    }
    while (stream_->has_output() && stream_->flush() != Progress::failed) {
      heard += heard_by_client();
    }
    return heard + heard_by_client();
  }

  std::string heard_by_client() {
    std::string text;
    std::array<char, 20'000> buffer{};
    std::size_t got = 0;
    while (SSL_read_ex(ssl(), buffer.data(), buffer.size(), &got) == 1) {
      text.append(buffer.data(), got);
    }
    return text;
  }

  RecordCiphers ciphers;  // those of this thread

 private:
  void hand_over() {
    auto stream = peer_.server().hand_over();
    if (stream) stream_.emplace(std::move(*stream));
  }

  Peer peer_;
  std::optional<RecordStream> stream_;
  Bytes buffer_ = Bytes(RecordLayer::kFullWire);
};

}  // namespace fastness::tls::testing
