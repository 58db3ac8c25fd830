// Arbitrary bytes as what a client sends on an open WebSocket, in pieces of any size, through the
// real connection on a real socket. The messages that come out are those that a second reading of
// RFC 6455 finds, which has nothing in common with Beast's; what the client gets back is in order;
// and nothing of the connection is left behind. Input: a byte of choices, then what is sent.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/secret/system_random.h"
#include "http_server/connection/web_socket.h"
#include "telemetry/testing/captured_log.h"
#include "tls/testing/loopback.h"

namespace {

using namespace fastness;
using Kind = http::SocketUpgrade::Kind;

constexpr std::size_t kMaxMessage = 300;  // so that all three spellings of a length can be too long

// RFC 6455, 11.8.
constexpr unsigned kContinuation = 0;
constexpr unsigned kText = 1;
constexpr unsigned kBinary = 2;
constexpr unsigned kClose = 8;
constexpr unsigned kPing = 9;
constexpr unsigned kPong = 10;

void require(bool holds) {
  if (!holds) std::abort();
}

// --- a second reading of RFC 6455 ---------------------------------------------------------------

struct Frame {
  bool is_last = false;
  bool is_masked = false;
  unsigned reserved = 0;
  unsigned opcode = 0;
  std::uint64_t announced = 0;   // bytes of payload
  std::optional<Bytes> payload;  // absent if it does not come to its end

  [[nodiscard]] bool is_control() const { return opcode >= kClose; }
};

// Nothing if not even the header is whole, or a length is spelled longer than need be (5.2).
std::optional<Frame> take_frame(ByteReader& in) {
  Frame frame;
  const unsigned first = in.u8();
  const unsigned second = in.u8();
  frame.is_last = (first & 0x80U) != 0;
  frame.reserved = first & 0x70U;
  frame.opcode = first & 0x0fU;
  frame.is_masked = (second & 0x80U) != 0;
  frame.announced = second & 0x7fU;
  std::uint64_t least = 0;
  if (frame.announced == 126) {
    frame.announced = in.u16();
    least = 126;
  } else if (frame.announced == 127) {
    frame.announced = in.u64();
    least = 65'536;
  }
  std::array<std::uint8_t, 4> mask{};
  if (frame.is_masked) in.copy_to(mask);
  if (!in.ok() || frame.announced < least) return std::nullopt;
  if (frame.announced > in.rest().size()) return frame;
  frame.payload = to_bytes(in.raw(frame.announced));
  for (std::size_t i = 0; i < frame.payload->size(); ++i) (*frame.payload)[i] ^= mask[i % 4];
  return frame;
}

// RFC 3629, 4.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
    };
    const std::uint8_t lead = byte(i);
    const std::size_t more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    const bool is_lead = lead < 0x80 || (lead >= 0xc2 && lead <= 0xf4);
    if (!is_lead) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((byte(i + k) & 0xc0U) != 0x80) return false;
    }
    const std::uint8_t next = byte(i + 1);
    const bool is_out = (lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) ||
                        (lead == 0xf0 && next < 0x90) || (lead == 0xf4 && next > 0x8f);
    if (is_out) return false;
    i += 1 + more;
  }
  return true;
}

// What a server may believe of what a client has sent, up to where it must end the connection.
struct Reading {
  std::vector<std::string> messages;
  std::vector<Bytes> pings;
};

Reading read(ByteView bytes, Kind kind) {
  Reading reading;
  ByteReader in(bytes);
  std::optional<unsigned> begun;  // the opcode of the message that is not whole yet
  std::string message;
  while (const auto frame = take_frame(in)) {
    if (!frame->is_masked || frame->reserved != 0) break;  // 5.1, 5.2
    if (frame->is_control()) {                             // 5.5
      const bool is_known = frame->opcode == kPing || frame->opcode == kPong;
      if (!is_known || !frame->is_last || frame->announced > 125 || !frame->payload) break;
      if (frame->opcode == kPing) reading.pings.push_back(*frame->payload);
      continue;
    }
    if (frame->opcode > kBinary || (frame->opcode == kContinuation) != begun.has_value())
      break;  // 5.4
    if (message.size() + frame->announced > kMaxMessage || !frame->payload) break;
    if (!begun) begun = frame->opcode;
    message += as_text(*frame->payload);
    if (!frame->is_last) continue;
    const bool is_binary = *begun == kBinary;
    if (kind == Kind::binary && !is_binary) break;  // MQTT 5.0, 6
    if (!is_binary && !is_utf8(message)) break;     // 8.1
    reading.messages.push_back(std::exchange(message, {}));
    begun.reset();
  }
  return reading;
}

// --- the connection -----------------------------------------------------------------------------

// What a server's connections share, once for all inputs.
struct World {
  World() {
    http_server::Services services{[](http::Request, const http::Responder&) {},
                                   loop,
                                   {},
                                   [] { return true; },
                                   [] { return std::string(); },
                                   {},
                                   clock,
                                   random,
                                   log.log(),
                                   registry};
    core = std::make_shared<http_server::Server::Core>(loop, http_server::Limits{},
                                                       std::move(services));
  }

  SystemClock clock;
  crypto::SystemRandom random;
  telemetry::testing::CapturedLog log;
  telemetry::Registry registry;
  net::EventLoop loop{"web"};
  std::shared_ptr<net::ConnectionLimits> connections = net::ConnectionLimits::create({});
  std::shared_ptr<http_server::Server::Core> core;
};

http_server::BeastRequest handshake() {
  namespace beast_http = boost::beast::http;
  http_server::BeastRequest request(beast_http::verb::get, "/mqtt", 11);
  request.set(beast_http::field::host, "localhost");
  request.set(beast_http::field::connection, "Upgrade");
  request.set(beast_http::field::upgrade, "websocket");
  request.set(beast_http::field::sec_websocket_version, "13");
  request.set(beast_http::field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
  return request;
}

// A client that sends bytes, and a receiver that answers each message with itself.
class Conversation {
 public:
  Conversation(World& world, Kind kind, std::size_t patience) : world_(world), patience_(patience) {
    http::SocketUpgrade upgrade;
    upgrade.kind = kind;
    upgrade.max_message = kMaxMessage;
    upgrade.opened = [this](std::shared_ptr<http::WebSocket> socket) { opened(std::move(socket)); };
    tls::AsyncStream::Socket socket(world.loop.context(),
                                    boost::asio::generic::stream_protocol(AF_UNIX, 0),
                                    ::dup(wire_.server()));
    auto slot = world.connections->take(boost::asio::ip::address(), world.clock.steady());
    http_server::open_web_socket(world.core, tls::AsyncStream(std::move(socket)), handshake(), {},
                                 std::move(upgrade), std::move(slot).value());
    run();
  }

  void send(ByteView bytes) {
    // A connection that has ended takes nothing more.
    (void)::send(wire_.client(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    run();
  }
  void hang_up() {
    ::shutdown(wire_.client(), SHUT_WR);
    run();
  }

  [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }
  [[nodiscard]] const Bytes& heard() const { return heard_; }
  [[nodiscard]] std::size_t ends() const { return ends_; }

 private:
  void opened(std::shared_ptr<http::WebSocket> socket) {
    socket_ = std::move(socket);
    socket_->start([this](std::function<void()> work) { world_.loop.post(std::move(work)); },
                   {[this](std::string message) { take(std::move(message)); },
                    {},
                    [this] {
                      ++ends_;
                      socket_.reset();
                    }});
    socket_->receive();
  }

  void take(std::string message) {
    require(ends_ == 0);
    messages_.push_back(message);
    socket_->send(std::move(message));
    if (messages_.size() == patience_) return socket_->close(http::CloseCode::policy_violation);
    socket_->receive();
  }

  void run() {
    while (world_.loop.run_ready() != 0) {
      std::array<std::uint8_t, 4096> buffer{};
      ssize_t got = 0;
      while ((got = ::recv(wire_.client(), buffer.data(), buffer.size(), 0)) > 0) {
        heard_.insert(heard_.end(), buffer.begin(), buffer.begin() + got);
      }
    }
  }

  World& world_;
  const std::size_t patience_;  // messages after which the receiver has had enough
  tls::testing::SocketPair wire_;
  std::shared_ptr<http::WebSocket> socket_;
  std::vector<std::string> messages_;
  Bytes heard_;
  std::size_t ends_ = 0;
};

// Each frame is whole and as the client asked for: messages that came, pings that were sent, and at
// last why it ended.
void check_answers(ByteView heard, const Reading& sent, Kind kind) {
  const auto head = as_text(heard).find("\r\n\r\n");
  require(as_text(heard).starts_with("HTTP/1.1 101 ") && head != std::string_view::npos);
  ByteReader in(heard.subspan(head + 4));
  std::size_t echoed = 0;
  bool is_closed = false;
  while (!in.rest().empty()) {
    const auto frame = take_frame(in);
    require(frame && frame->payload && !is_closed);
    require(frame->is_last && !frame->is_masked && frame->reserved == 0);
    if (frame->opcode == kPong) {
      require(std::ranges::find(sent.pings, *frame->payload) != sent.pings.end());
    } else if (frame->opcode == kClose) {
      is_closed = true;
    } else {
      require(frame->opcode == (kind == Kind::binary ? kBinary : kText));
      require(echoed < sent.messages.size() && as_text(*frame->payload) == sent.messages[echoed++]);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  ByteReader in({data, size});
  const unsigned choices = in.u8();
  const Kind kind = (choices & 1U) != 0 ? Kind::text : Kind::binary;
  const std::size_t patience = (choices & 2U) != 0 ? 2 : size + 1;
  const std::size_t piece = (choices >> 2U) != 0 ? choices >> 2U : size + 1;

  ByteView bytes = in.rest();
  Reading sent = read(bytes, kind);
  sent.messages.resize(std::min(sent.messages.size(), patience));
  {
    Conversation conversation(world, kind, patience);
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece, bytes.size()))) {
      conversation.send(bytes.first(std::min(piece, bytes.size())));
    }
    conversation.hang_up();
    require(conversation.messages() == sent.messages);
    require(conversation.ends() == 1);
    check_answers(conversation.heard(), sent, kind);
  }
  require(world.connections->open() == 0);
  return 0;
}
