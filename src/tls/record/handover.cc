#include "tls/record/handover.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <openssl/crypto.h>
#include <sys/socket.h>

namespace fastness::tls {
namespace {

constexpr std::size_t kReceive = std::size_t{4} << 10U;
constexpr std::string_view kClientSecret = "CLIENT_TRAFFIC_SECRET_0 ";
constexpr std::string_view kServerSecret = "SERVER_TRAFFIC_SECRET_0 ";

std::optional<Suite> suite_of(const SSL& ssl) {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(&ssl);
  if (cipher == nullptr) return std::nullopt;
  switch (SSL_CIPHER_get_cipher_nid(cipher)) {
    case NID_aes_128_gcm:
      return Suite::aes128_gcm_sha256;
    case NID_aes_256_gcm:
      return Suite::aes256_gcm_sha384;
    case NID_chacha20_poly1305:
      return Suite::chacha20_poly1305_sha256;
    default:
      return std::nullopt;
  }
}

// The secret of a line "LABEL RANDOM SECRET", the last two in hexadecimal.
void read_secret(std::string_view rest, TrafficSecret& secret) {
  const std::size_t space = rest.find(' ');
  if (space == std::string_view::npos) return;
  auto bytes = from_hex(rest.substr(space + 1));
  if (!bytes) return;
  if (bytes->size() <= 48) secret.set(*bytes);
  OPENSSL_cleanse(bytes.value().data(), bytes->size());
}

// A smaller fragment that the client asked for (RFC 6066, 4), or the version's usual one.
std::size_t record_limit(const SSL& ssl, Version version) {
  const SSL_SESSION* session = SSL_get_session(&ssl);
  const unsigned code = session != nullptr ? SSL_SESSION_get_max_fragment_length(session) : 0U;
  if (code >= 1 && code <= 4) return std::size_t{256} << code;
  return version == Version::tls13 ? RecordLayer::kFullPlain : std::size_t{4} << 10U;
}

}  // namespace

Handover::Handover(SSL& ssl) {
  SSL_set_read_ahead(&ssl, 0);
  SSL_set_msg_callback(&ssl, on_message);
  SSL_set_msg_callback_arg(&ssl, this);
}

void Handover::note_secret(std::string_view line) {
  if (line.starts_with(kClientSecret)) read_secret(line.substr(kClientSecret.size()), client_);
  if (line.starts_with(kServerSecret)) read_secret(line.substr(kServerSecret.size()), server_);
}

void Handover::on_message(int is_write, int /*version*/, int type, const void* message,
                          std::size_t size, SSL* /*ssl*/, void* self) {
  auto& handover = *static_cast<Handover*>(self);
  std::uint64_t& records =
      is_write == 0 ? handover.read_since_finished_ : handover.written_since_finished_;
  if (type == SSL3_RT_HEADER) ++records;
  const bool is_finished = type == SSL3_RT_HANDSHAKE && size > 0 &&
                           *static_cast<const std::uint8_t*>(message) == SSL3_MT_FINISHED;
  if (is_finished) records = 0;
}

void Handover::note_written(ByteView ciphertext) {
  const std::size_t size = std::min(ciphertext.size(), last_written_.size());
  std::shift_left(last_written_.begin(), last_written_.end(), static_cast<std::ptrdiff_t>(size));
  std::ranges::copy(ciphertext.last(size), last_written_.end() - static_cast<std::ptrdiff_t>(size));
}

int Handover::receive(int descriptor, std::span<std::uint8_t> out) {
  if (unread_taken_ == unread_.size()) {
    unread_.resize(kReceive);
    unread_taken_ = 0;
    const ssize_t got = ::recv(descriptor, unread_.data(), unread_.size(), 0);
    const int error = errno;
    unread_.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    errno = error;
    if (got <= 0) return static_cast<int>(got);
  }
  const std::size_t size = std::min(out.size(), unread_.size() - unread_taken_);
  std::copy_n(unread_.begin() + static_cast<std::ptrdiff_t>(unread_taken_), size, out.begin());
  unread_taken_ += size;
  return static_cast<int>(size);
}

Bytes Handover::unread() const {
  return {unread_.begin() + static_cast<std::ptrdiff_t>(unread_taken_), unread_.end()};
}

std::optional<RecordLayer::Origin> Handover::finish(const SSL& ssl) {
  if (SSL_is_init_finished(&ssl) != 1) return std::nullopt;
  RecordLayer::Origin origin;
  origin.read.secret = std::move(client_);
  origin.write.secret = std::move(server_);
  const auto suite = suite_of(ssl);
  const bool has_read_more = SSL_has_pending(&ssl) == 1 || read_since_finished_ != 0;
  if (!suite || has_read_more) return std::nullopt;
  origin.suite = *suite;
  origin.version = SSL_version(&ssl) == TLS1_3_VERSION ? Version::tls13 : Version::tls12;
  origin.max_plain = record_limit(ssl, origin.version);
  const bool derived = origin.version == Version::tls13 ? derive13(origin) : derive12(ssl, origin);
  if (!derived) return std::nullopt;
  return origin;
}

bool Handover::derive13(RecordLayer::Origin& origin) const {
  const std::size_t size = hash_size(origin.suite);
  const auto is_whole = [size](const TrafficSecret& secret) {
    return secret.reveal().size() == size;
  };
  if (!is_whole(origin.read.secret) || !is_whole(origin.write.secret)) return false;
  auto read = derive_keys(origin.suite, origin.read.secret);
  auto write = derive_keys(origin.suite, origin.write.secret);
  if (!read || !write) return false;
  origin.read.keys = std::move(*read);
  origin.write.keys = std::move(*write);
  origin.write.sequence = written_since_finished_;  // the tickets
  return true;
}

bool Handover::derive12(const SSL& ssl, RecordLayer::Origin& origin) const {
  if (written_since_finished_ != 0) return false;
  InlineSecret<48> master;
  std::array<std::uint8_t, 48> bytes{};
  const std::size_t size =
      SSL_SESSION_get_master_key(SSL_get_session(&ssl), bytes.data(), bytes.size());
  master.set(ByteView(bytes).first(size));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  std::array<std::uint8_t, SSL3_RANDOM_SIZE> client{};
  std::array<std::uint8_t, SSL3_RANDOM_SIZE> server{};
  if (size != bytes.size() ||
      SSL_get_client_random(&ssl, client.data(), client.size()) != client.size() ||
      SSL_get_server_random(&ssl, server.data(), server.size()) != server.size()) {
    return false;
  }
  auto block = derive_key_block(origin.suite, master.reveal(), client, server);
  if (!block) return false;
  origin.read.keys = std::move(block->client);
  origin.write.keys = std::move(block->server);
  origin.read.sequence = 1;  // each side has sent its Finished
  origin.write.sequence = 1;
  if (origin.suite == Suite::chacha20_poly1305_sha256) return true;
  // OpenSSL began its nonces at random, with Finished: ours go on from there.
  ByteReader record(last_written_);
  const bool is_finished = record.u8() == SSL3_RT_HANDSHAKE && record.u16() == TLS1_2_VERSION &&
                           record.u16() == kFinished12 - SSL3_RT_HEADER_LENGTH;
  origin.write_nonce = record.u64() + 1;
  return is_finished;
}

}  // namespace fastness::tls
