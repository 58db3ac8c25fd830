#include "client/connection/web_socket.h"

#include <array>

#include <boost/uuid/detail/sha1.hpp>

#include "client/connection/api.h"

namespace fastness::client {

namespace {

constexpr std::uint8_t kContinuation = 0;
constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kClose = 8;
constexpr std::uint8_t kPing = 9;
constexpr std::uint8_t kPong = 10;

// RFC 6455, 4.2.2: SHA-1 here proves that the server speaks WebSocket, nothing more.
std::string accept_for(const std::string& key) {
  boost::uuids::detail::sha1 hash;
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  hash.process_bytes(text.data(), text.size());
  boost::uuids::detail::sha1::digest_type words{};
  hash.get_digest(words);
  Bytes digest;
  ByteWriter out(digest);
  for (const unsigned int word : words) out.u32(word);
  return to_base64(digest);
}

std::optional<std::size_t> end_of_head(ByteView input) {
  const std::size_t end = as_text(input).find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  return end + 4;
}

}  // namespace

Result<std::optional<WebSocketFrame>> parse_web_socket_frame(ByteView input,
                                                             std::size_t max_bytes) {
  if (input.size() < 2) return std::optional<WebSocketFrame>();
  const auto refuse = [] { return fail(Errc::corrupted, "the server sent a malformed frame"); };
  const bool has_extension = (input[0] & 0x70U) != 0;
  const bool is_masked = (input[1] & 0x80U) != 0;
  if (has_extension || is_masked) return refuse();
  const auto opcode = static_cast<std::uint8_t>(input[0] & 0x0fU);
  const bool is_last = (input[0] & 0x80U) != 0;
  const std::uint8_t short_length = input[1] & 0x7fU;
  if (opcode >= kClose && (!is_last || short_length > 125)) return refuse();

  ByteReader reader(input.subspan(2));
  std::uint64_t length = short_length;
  if (short_length == 126) length = reader.u16();
  if (short_length == 127) length = reader.u64();
  if (!reader.ok()) return std::optional<WebSocketFrame>();
  if (length > max_bytes) return refuse();
  const ByteView payload = reader.raw(static_cast<std::size_t>(length));
  if (!reader.ok()) return std::optional<WebSocketFrame>();
  return std::optional(
      WebSocketFrame{opcode, is_last, payload, input.size() - reader.rest().size()});
}

Result<WebSocket> WebSocket::open(const Address& address,
                                  std::shared_ptr<const tls::ClientContext> context,
                                  const HttpRequest& request, const Clock& clock, Random& random) {
  std::array<std::uint8_t, 16> nonce{};
  random.fill(nonce);
  const std::string key = to_base64(nonce);
  std::string wire = "GET " + request.target + " HTTP/1.1\r\nHost: " + host_header(address) +
                     "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                     key + "\r\n";
  for (const auto& [name, value] : request.headers) wire += name + ": " + value + "\r\n";
  FASTNESS_ASSIGN_OR_RETURN(Transport transport, Transport::connect(address, std::move(context)));
  transport.send(as_bytes(wire + "\r\n"));
  FASTNESS_RETURN_IF_ERROR(advance_until(transport, HttpClient::kDeadline, clock, [&] {
    return end_of_head(transport.input()).has_value();
  }));

  Bytes& input = transport.input();
  const std::string head(as_text(input).substr(0, *end_of_head(input)));
  if (!head.starts_with("HTTP/1.1 101 ")) {
    HttpResponse refusal;
    refusal.status =
        head.size() > 12 ? std::atoi(head.substr(9, 3).c_str()) : 0;  // NOLINT: 3 digits
    FASTNESS_RETURN_IF_ERROR(check_status(refusal));
  }
  if (head.find(accept_for(key)) == std::string::npos) {
    return fail(Errc::corrupted, "the server does not speak WebSocket");
  }
  input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(head.size()));
  return WebSocket(std::move(transport), clock, random);
}

void WebSocket::send_frame(std::uint8_t opcode, ByteView payload) {
  Bytes frame;
  ByteWriter out(frame);
  out.u8(static_cast<std::uint8_t>(0x80U | opcode));
  if (payload.size() < 126) {
    out.u8(static_cast<std::uint8_t>(0x80U | payload.size()));
  } else {
    out.u8(0x80U | 127U);
    out.u64(payload.size());
  }
  std::array<std::uint8_t, 4> mask{};
  random_->fill(mask);
  out.raw(mask);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out.u8(static_cast<std::uint8_t>(payload[i] ^ mask[i % 4]));
  }
  transport_.send(frame);
}

Result<void> WebSocket::send(std::string_view text) {
  send_frame(kText, as_bytes(text));
  return advance_until(transport_, HttpClient::kDeadline, *clock_,
                       [this] { return !transport_.has_output(); });
}

Result<std::optional<std::string>> WebSocket::receive(std::chrono::milliseconds patience) {
  const SteadyTime until = clock_->steady() + patience;
  for (;;) {
    FASTNESS_RETURN_IF_ERROR(transport_.advance());
    FASTNESS_ASSIGN_OR_RETURN(auto message, take_message());
    if (message) return message;
    if (transport_.is_finished()) return fail(Errc::unavailable, "the server hung up");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_->steady());
    if (left.count() <= 0) return std::optional<std::string>();
    await_events(transport_, left);
  }
}

Result<std::optional<std::string>> WebSocket::take_message() {
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const auto frame,
                              parse_web_socket_frame(transport_.input(), kMaxMessage));
    if (!frame) return std::optional<std::string>();
    const std::string payload(as_text(frame->payload));
    const WebSocketFrame seen = *frame;
    transport_.input().erase(transport_.input().begin(),
                             transport_.input().begin() + static_cast<std::ptrdiff_t>(seen.size));
    if (seen.opcode == kClose) return fail(Errc::unavailable, "the server ended the watch");
    if (seen.opcode == kPing) send_frame(kPong, as_bytes(payload));
    if (seen.opcode != kText && seen.opcode != kContinuation) continue;
    partial_ += payload;
    if (partial_.size() > kMaxMessage) return fail(Errc::corrupted, "a message is too long");
    if (seen.is_last) return std::optional(std::exchange(partial_, {}));
  }
}

}  // namespace fastness::client
