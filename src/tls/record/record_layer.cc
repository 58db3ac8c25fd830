#include "tls/record/record_layer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/fixed_limits.h"

namespace fastness::tls {
namespace {

constexpr std::size_t kTag = RecordCiphers::kTag;
constexpr std::size_t kSentNonce = 8;  // RFC 5288, 3
constexpr std::size_t kExpansion13 = 256;
constexpr std::size_t kExpansion12 = 2048;
constexpr std::uint8_t kKeyUpdate = 24;
constexpr std::uint8_t kFatal = 2;
constexpr std::uint8_t kWarning = 1;

// A peer that sends more of them wants to keep us busy.
constexpr auto kMaxIdleRecords = fixed_limit<std::uint8_t>("tls.idle_records");

void put_header(std::uint8_t type, std::size_t size, std::span<std::uint8_t> out) {
  out[0] = type;
  out[1] = 3;
  out[2] = 3;
  out[3] = static_cast<std::uint8_t>(size >> 8U);
  out[4] = static_cast<std::uint8_t>(size);
}

void put_u64(std::uint64_t value, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  }
}

// What a TLS 1.2 record of `size` bytes is authenticated with (RFC 5246, 6.2.3.3): type and version
// as they stand in its header, so that no bit of it can be changed.
std::array<std::uint8_t, 13> context12(std::uint64_t sequence, ByteView header, std::size_t size) {
  std::array<std::uint8_t, 13> context{};
  put_u64(sequence, context);
  std::ranges::copy(header.first(3), context.begin() + 8);
  context[11] = static_cast<std::uint8_t>(size >> 8U);
  context[12] = static_cast<std::uint8_t>(size);
  return context;
}

}  // namespace

RecordLayer::RecordLayer(Origin origin)
    : keys_(origin.version, origin.suite),
      max_plain_(static_cast<std::uint16_t>(origin.max_plain)),
      read_sequence_(origin.read.sequence),
      write_sequence_(origin.write.sequence),
      write_nonce_(origin.write_nonce),
      max_key_blocks_(origin.max_key_blocks) {
  keys_.set(Direction::read, origin.read.secret, origin.read.keys);
  keys_.set(Direction::write, origin.write.secret, origin.write.keys);
}

bool RecordLayer::sends_nonce() const {
  return keys_.version() == Version::tls12 && keys_.suite() != Suite::chacha20_poly1305_sha256;
}

// RFC 8446, 5.3 and RFC 7905, 2; with GCM in TLS 1.2, RFC 5288, 3.
RecordCiphers::Nonce RecordLayer::nonce_of(Direction direction, std::uint64_t explicit_part) const {
  RecordCiphers::Nonce nonce{};
  const ByteView iv = keys_.iv(direction);
  std::memcpy(nonce.data(), iv.data(), iv.size());
  const std::uint64_t sequence = direction == Direction::read ? read_sequence_ : write_sequence_;
  const std::uint64_t counter = sends_nonce() ? explicit_part : sequence;
  constexpr std::size_t kCounterAt = 4;
  for (std::size_t i = 0; i < sizeof counter; ++i) {
    nonce[kCounterAt + i] ^= static_cast<std::uint8_t>(counter >> (56 - 8 * i));
  }
  return nonce;
}

// --- from the peer ------------------------------------------------------------------------------

RecordLayer::Opened RecordLayer::open(RecordCiphers& ciphers, std::span<std::uint8_t> input,
                                      Bytes& out) {
  Opened done;
  const std::size_t expansion = keys_.version() == Version::tls13 ? kExpansion13 : kExpansion12;
  while (is_open()) {
    const auto rest = input.subspan(done.used);
    if (rest.size() < kHeader) break;
    const std::size_t size = std::size_t{rest[3]} << 8U | rest[4];
    if (size > kFullPlain + expansion) {
      fail(ciphers, Alert::record_overflow, "a record is too long", out);
      break;
    }
    if (rest.size() < kHeader + size) break;
    done.used += kHeader + size;
    const auto record = decrypt(ciphers, rest.first(kHeader + size), out);
    if (!record) break;
    if (message_size_ != 0 && record->type != Type::handshake) {
      fail(ciphers, Alert::unexpected_message, "a record inside a handshake message", out);
      break;
    }
    if (record->type != Type::application_data || record->body.empty()) {
      take(ciphers, *record, out);
      continue;
    }
    idle_records_ = 0;
    std::memmove(input.data() + done.plain, record->body.data(), record->body.size());
    done.plain += record->body.size();
  }
  return done;
}

std::optional<RecordLayer::Record> RecordLayer::decrypt(RecordCiphers& ciphers,
                                                        std::span<std::uint8_t> record,
                                                        Bytes& out) {
  auto opened = keys_.version() == Version::tls13 ? decrypt13(ciphers, record, out)
                                                  : decrypt12(ciphers, record, out);
  if (!opened) return std::nullopt;
  ++read_sequence_;
  if (opened->body.size() > kFullPlain) {
    fail(ciphers, Alert::record_overflow, "a record holds too much", out);
    return std::nullopt;
  }
  return opened;
}

std::optional<RecordLayer::Record> RecordLayer::decrypt13(RecordCiphers& ciphers,
                                                          std::span<std::uint8_t> record,
                                                          Bytes& out) {
  if (record[0] != static_cast<std::uint8_t>(Type::application_data)) {
    fail(ciphers, Alert::unexpected_message, "a record in the clear", out);
    return std::nullopt;
  }
  auto body = record.subspan(kHeader);
  const bool is_real =
      body.size() > kTag &&
      ciphers.open(keys_.suite(), keys_.key(Direction::read), nonce_of(Direction::read, 0),
                   record.first(kHeader), body.first(body.size() - kTag), body.last<kTag>());
  if (!is_real) {
    fail(ciphers, Alert::bad_record_mac, "a record is not authentic", out);
    return std::nullopt;
  }
  body = body.first(body.size() - kTag);
  if (body.size() > kFullPlain + 1) {  // RFC 8446, 5.4: padding is no excuse
    fail(ciphers, Alert::record_overflow, "a record holds too much", out);
    return std::nullopt;
  }
  while (!body.empty() && body.back() == 0) body = body.first(body.size() - 1);  // padding
  if (body.empty()) {
    fail(ciphers, Alert::unexpected_message, "a record of no type", out);
    return std::nullopt;
  }
  return Record{static_cast<Type>(body.back()), body.first(body.size() - 1)};
}

std::optional<RecordLayer::Record> RecordLayer::decrypt12(RecordCiphers& ciphers,
                                                          std::span<std::uint8_t> record,
                                                          Bytes& out) {
  const std::size_t sent = sends_nonce() ? kSentNonce : 0;
  const bool is_whole = record.size() >= kHeader + sent + kTag;
  if (is_whole) {
    const std::uint64_t nonce = sends_nonce() ? ByteReader(record.subspan(kHeader)).u64() : 0;
    const auto body = record.subspan(kHeader + sent, record.size() - kHeader - sent - kTag);
    if (ciphers.open(keys_.suite(), keys_.key(Direction::read), nonce_of(Direction::read, nonce),
                     context12(read_sequence_, record, body.size()), body, record.last<kTag>())) {
      return Record{static_cast<Type>(record[0]), body};
    }
  }
  fail(ciphers, Alert::bad_record_mac, "a record is not authentic", out);
  return std::nullopt;
}

void RecordLayer::take(RecordCiphers& ciphers, const Record& record, Bytes& out) {
  if (++idle_records_ > kMaxIdleRecords) {
    return fail(ciphers, Alert::unexpected_message, "too many records without data", out);
  }
  if (record.type == Type::application_data) return;  // empty: RFC 8446, 5.1 allows it
  if (record.body.empty()) {
    return fail(ciphers, Alert::unexpected_message, "an empty record", out);
  }
  switch (record.type) {
    case Type::alert:
      return take_alert(ciphers, record.body, out);
    case Type::handshake:
      return take_handshake(ciphers, record.body, out);
    default:
      return fail(ciphers, Alert::unexpected_message, "a record of a wrong type", out);
  }
}

void RecordLayer::take_alert(RecordCiphers& ciphers, ByteView body, Bytes& out) {
  if (body.size() != 2) return fail(ciphers, Alert::decode_error, "an alert of a wrong size", out);
  const auto alert = static_cast<Alert>(body[1]);
  if (alert == Alert::close_notify) {
    end_ = End::closed;
    return;
  }
  const bool is_warning =
      keys_.version() == Version::tls13 ? alert == Alert::user_canceled : body[0] == kWarning;
  if (is_warning) return;
  end_ = End::failed;  // and no alert answers an alert
  failure_ = "the peer sent an alert";
}

void RecordLayer::take_handshake(RecordCiphers& ciphers, ByteView body, Bytes& out) {
  if (keys_.version() == Version::tls12) {
    // A new handshake. We refuse and go on (RFC 5246, 7.2.2).
    if (!renew_worn_keys(ciphers, out)) return;
    const std::array<std::uint8_t, 2> refusal = {
        kWarning, static_cast<std::uint8_t>(Alert::no_renegotiation)};
    return seal_record(ciphers, Type::alert, refusal, out);
  }
  const std::size_t taken = std::min(body.size(), message_.size() - message_size_);
  std::ranges::copy(body.first(taken), message_.begin() + message_size_);
  message_size_ = static_cast<std::uint8_t>(message_size_ + taken);
  if (message_[0] != kKeyUpdate) {
    return fail(ciphers, Alert::unexpected_message, "a message that is no KeyUpdate", out);
  }
  if (message_size_ < message_.size()) return;
  message_size_ = 0;
  const bool is_of_one_byte = message_[1] == 0 && message_[2] == 0 && message_[3] == 1;
  if (!is_of_one_byte) {
    return fail(ciphers, Alert::decode_error, "a KeyUpdate of a wrong size", out);
  }
  if (taken < body.size()) {  // RFC 8446, 5.1: what follows needs the new keys
    return fail(ciphers, Alert::unexpected_message, "a KeyUpdate that is not the last", out);
  }
  if (message_[4] > 1) {
    return fail(ciphers, Alert::illegal_parameter, "a KeyUpdate that asks for neither", out);
  }
  update_read_keys(ciphers, message_[4] == 1, out);
}

bool RecordLayer::update_keys(Direction direction) {
  const auto secret = next_secret(keys_.suite(), TrafficSecret(keys_.secret(direction)));
  const auto keys = secret ? derive_keys(keys_.suite(), *secret) : std::nullopt;
  if (keys) keys_.set(direction, *secret, *keys);
  return keys.has_value();
}

void RecordLayer::update_read_keys(RecordCiphers& ciphers, bool peer_asks, Bytes& out) {
  if (!update_keys(Direction::read))
    return fail(ciphers, Alert::internal_error, "no new keys", out);
  read_sequence_ = 0;
  if (peer_asks) update_write_keys(ciphers, out);
}

// --- to the peer --------------------------------------------------------------------------------

void RecordLayer::update_write_keys(RecordCiphers& ciphers, Bytes& out) {
  static constexpr std::array<std::uint8_t, 5> kMessage = {kKeyUpdate, 0, 0, 1, 0};
  seal_record(ciphers, Type::handshake, kMessage, out);
  if (!update_keys(Direction::write)) {
    return fail(ciphers, Alert::internal_error, "no new keys", out);
  }
  write_sequence_ = 0;
  written_blocks_ = 0;
}

bool RecordLayer::renew_worn_keys(RecordCiphers& ciphers, Bytes& out) {
  if (written_blocks_ < max_key_blocks_) return true;
  if (keys_.version() == Version::tls13) {
    update_write_keys(ciphers, out);
  } else {
    fail(ciphers, Alert::close_notify, "so much was sent that it needs new keys", out);
  }
  return is_open();
}

void RecordLayer::seal(RecordCiphers& ciphers, ByteView plain, Bytes& out) {
  while (!plain.empty() && is_open()) {
    if (!renew_worn_keys(ciphers, out)) return;
    const std::size_t size = std::min<std::size_t>(plain.size(), max_plain_);
    seal_record(ciphers, Type::application_data, plain.first(size), out);
    plain = plain.subspan(size);
  }
}

void RecordLayer::close(RecordCiphers& ciphers, Bytes& out) {
  if (end_ == End::failed) return;
  const std::array<std::uint8_t, 2> goodbye = {kWarning,
                                               static_cast<std::uint8_t>(Alert::close_notify)};
  seal_record(ciphers, Type::alert, goodbye, out);
  said_goodbye_ = true;
}

void RecordLayer::fail(RecordCiphers& ciphers, Alert alert, const char* why, Bytes& out) {
  if (end_ == End::failed) return;
  end_ = End::failed;
  failure_ = why;
  const std::array<std::uint8_t, 2> body = {alert == Alert::close_notify ? kWarning : kFatal,
                                            static_cast<std::uint8_t>(alert)};
  seal_record(ciphers, Type::alert, body, out);
}

void RecordLayer::seal_record(RecordCiphers& ciphers, Type type, ByteView plain, Bytes& out) {
  if (said_goodbye_) return;  // RFC 8446, 6.1: it was the last
  const bool is_13 = keys_.version() == Version::tls13;
  const std::size_t sent = sends_nonce() ? kSentNonce : 0;
  const std::size_t inner = plain.size() + (is_13 ? 1 : 0);
  const std::size_t start = out.size();
  out.resize(start + kHeader + sent + inner + kTag);
  const auto record = std::span(out).subspan(start);
  const auto outer = static_cast<std::uint8_t>(is_13 ? Type::application_data : type);
  put_header(outer, sent + inner + kTag, record);
  if (sends_nonce()) put_u64(write_nonce_, record.subspan(kHeader));
  const auto body = record.subspan(kHeader + sent, inner);
  std::ranges::copy(plain, body.begin());
  if (is_13) body.back() = static_cast<std::uint8_t>(type);

  const auto context = context12(write_sequence_, record, inner);
  const ByteView associated = is_13 ? ByteView(record.first(kHeader)) : ByteView(context);
  if (!ciphers.seal(keys_.suite(), keys_.key(Direction::write),
                    nonce_of(Direction::write, write_nonce_), associated, body,
                    record.last<kTag>())) {
    out.resize(start);  // nothing may leave in the clear
    end_ = End::failed;
    if (failure().empty()) failure_ = "OpenSSL did not encrypt";
    return;
  }
  ++write_sequence_;
  ++write_nonce_;
  written_blocks_ += 2 + (inner + 15) / 16;
}

}  // namespace fastness::tls
