#include <array>
#include <future>
#include <mutex>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <gtest/gtest.h>
#include <poll.h>

#include "http_server/testing/raw_client.h"
#include "http_server/testing/running_server.h"

namespace fastness::http_server {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using http::CloseCode;
using http::Response;
using http::Status;
using testing::RunningServer;

// A peer by the same library's other half, in blocking calls.
class Client {
 public:
  explicit Client(const RunningServer& server, const std::string& protocol = "") : stream_(io_) {
    stream_.next_layer().connect(server.plain);
    if (!protocol.empty()) {
      stream_.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
        request.set(beast::http::field::sec_websocket_protocol, protocol);
      }));
    }
    websocket::response_type response;
    stream_.handshake(response, server.host(), "/socket", error_);
    chosen_protocol_ = std::string(response[beast::http::field::sec_websocket_protocol]);
    response_ = response;
  }

  void send(std::string_view text) { stream_.write(boost::asio::buffer(text), error_); }
  void send_binary(std::string_view bytes) {
    stream_.binary(true);
    send(bytes);
  }

  std::string receive() {
    beast::flat_buffer buffer;
    stream_.read(buffer, error_);
    return beast::buffers_to_string(buffer.data());
  }

  void close() { stream_.close(websocket::close_code::normal, error_); }

  [[nodiscard]] unsigned close_code() const { return stream_.reason().code; }
  [[nodiscard]] const beast::error_code& error() const { return error_; }
  [[nodiscard]] const std::string& chosen_protocol() const { return chosen_protocol_; }
  [[nodiscard]] const websocket::response_type& response() const { return response_; }
  [[nodiscard]] bool got_binary() const { return stream_.got_binary(); }
  boost::asio::ip::tcp::socket& socket() { return stream_.next_layer(); }

 private:
  boost::asio::io_context io_;
  websocket::stream<boost::asio::ip::tcp::socket> stream_;
  beast::error_code error_;
  std::string chosen_protocol_;
  websocket::response_type response_;
};

// A receiver on the control loop that answers each message with itself.
class Echo {
 public:
  explicit Echo(http::SocketUpgrade upgrade = {}) : upgrade_(std::move(upgrade)) {}

  http::Handler handler() {
    return [this](const http::Request& request, http::Responder respond) {
      if (!request.wants_socket()) return respond(Response::text(Status::upgrade_required, ""));
      Response response;
      response.headers.set("x-seen", "yes");
      response.upgrade = upgrade_;
      response.upgrade->opened = [this](std::shared_ptr<http::WebSocket> fresh) {
        opened(std::move(fresh));
      };
      respond(std::move(response));
    };
  }

  void opened(std::shared_ptr<http::WebSocket> opened_socket) {
    socket = std::move(opened_socket);
    socket->start([this](std::function<void()> work) { server->control.post(std::move(work)); },
                  {.message =
                       [this](std::string message) {
                         socket->send(std::move(message));
                         socket->receive();
                       },
                   .sent = {},
                   .closed = [this] { closed.set_value(); }});
    socket->receive();
    ready.set_value();
  }

  std::shared_ptr<http::WebSocket> socket;
  RunningServer* server = nullptr;
  std::promise<void> ready;
  std::promise<void> closed;

 private:
  http::SocketUpgrade upgrade_;
};

TEST(WebSocket, CarriesMessagesBothWays) {
  Echo echo;
  RunningServer server(echo.handler());
  echo.server = &server;
  Client client(server);
  ASSERT_FALSE(client.error()) << client.error().message();

  for (const std::string& text : {std::string("hello"), std::string(), std::string(60'000, 'x')}) {
    client.send(text);
    EXPECT_EQ(client.receive(), text);
  }
  EXPECT_FALSE(client.got_binary());
  EXPECT_EQ(client.response()["x-seen"], "yes");
  EXPECT_EQ(client.response()["x-content-type-options"], "nosniff");

  client.close();
  echo.closed.get_future().wait();
}

TEST(WebSocket, SpeaksTheSubprotocolInBinary) {
  http::SocketUpgrade upgrade;
  upgrade.kind = http::SocketUpgrade::Kind::binary;
  upgrade.protocol = "mqtt";
  Echo echo(std::move(upgrade));
  RunningServer server(echo.handler());
  echo.server = &server;
  Client client(server, "mqtt");

  client.send_binary("\x10");

  EXPECT_EQ(client.receive(), "\x10");
  EXPECT_TRUE(client.got_binary());
  EXPECT_EQ(client.chosen_protocol(), "mqtt");
}

TEST(WebSocket, ATextWhereBytesAreSpokenEndsIt) {
  http::SocketUpgrade upgrade;
  upgrade.kind = http::SocketUpgrade::Kind::binary;
  upgrade.protocol = "mqtt";
  Echo echo(std::move(upgrade));
  RunningServer server(echo.handler());
  echo.server = &server;
  Client client(server, "mqtt");

  client.send("\x10");
  client.receive();

  EXPECT_EQ(client.error(), websocket::error::closed);
  EXPECT_EQ(client.close_code(), 1003U);
  echo.closed.get_future().wait();
}

TEST(WebSocket, AMessageTooLargeEndsIt) {
  http::SocketUpgrade upgrade;
  upgrade.max_message = 100;
  Echo echo(std::move(upgrade));
  RunningServer server(echo.handler());
  echo.server = &server;
  Client client(server);

  client.send(std::string(100, 'x'));
  EXPECT_EQ(client.receive().size(), 100U);
  client.send(std::string(101, 'x'));
  client.receive();

  EXPECT_EQ(client.error(), websocket::error::closed);
  EXPECT_EQ(client.close_code(), 1009U);
  echo.closed.get_future().wait();
}

// The head of a masked binary frame, with a mask of zeros, which changes nothing.
std::string frame_head(std::uint16_t size, bool is_last = true) {
  std::string head(1, is_last ? '\x82' : '\x02');
  if (size < 126) {
    head += static_cast<char>(0x80U | size);
  } else {
    head += static_cast<char>(0x80 | 126);
    head += static_cast<char>(size >> 8U);
    head += static_cast<char>(size & 0xffU);
  }
  return head + std::string(4, '\0');
}

// A byte now and then, without end: what the server says meanwhile, up to where it closes.
std::string dribble(boost::asio::ip::tcp::socket& socket) {
  constexpr int kBetweenBytes = 2;  // milliseconds
  constexpr int kMoreThanItTakes = 60'000;
  std::string heard;
  beast::error_code error;
  for (int i = 0; i < kMoreThanItTakes && !error; ++i) {
    boost::asio::write(socket, boost::asio::buffer("x", 1), error);
    pollfd poll{socket.native_handle(), POLLIN, 0};
    if (error || ::poll(&poll, 1, kBetweenBytes) != 1) continue;
    std::array<char, 256> bytes{};
    heard.append(bytes.data(), socket.read_some(boost::asio::buffer(bytes), error));
  }
  EXPECT_TRUE(error) << "it was listened to for ever";
  return heard;
}

Limits hasty() {
  Limits limits;
  limits.message = std::chrono::milliseconds(50);
  limits.goodbye = std::chrono::milliseconds(50);
  return limits;
}

TEST(WebSocket, AMessageThatDribblesEndsIt) {
  for (const bool is_last : {true, false}) {
    SCOPED_TRACE(is_last ? "one frame" : "the first of many");
    Echo echo;
    RunningServer server(echo.handler(), hasty());
    echo.server = &server;
    Client client(server);

    boost::asio::write(client.socket(), boost::asio::buffer(frame_head(60'000, is_last)));
    const std::string heard = dribble(client.socket());

    ASSERT_GE(heard.size(), 4U);
    EXPECT_EQ(heard.substr(0, 1), "\x88") << "a frame that closes";
    EXPECT_EQ(heard.substr(2, 2), "\x03\xf0") << "1008";
    echo.closed.get_future().wait();
  }
}

TEST(WebSocket, PingsBetweenPiecesGiveAMessageNoMoreTime) {
  Echo echo;
  RunningServer server(echo.handler(), hasty());
  echo.server = &server;
  Client client(server);
  const std::string piece = frame_head(1, false) + "x";
  const std::string ping{"\x89\x80\0\0\0\0", 6};
  std::string more = frame_head(1, false) + "x";
  more[0] = 0;  // a continuation

  boost::asio::write(client.socket(), boost::asio::buffer(piece));
  beast::error_code error;
  std::array<char, 256> bytes{};
  std::string heard;
  while (!error && heard.find('\x88') == std::string::npos) {
    boost::asio::write(client.socket(), boost::asio::buffer(more + ping), error);
    if (!error) heard.append(bytes.data(), client.socket().read_some(boost::asio::buffer(bytes)));
  }

  EXPECT_NE(heard.find('\x8a'), std::string::npos) << "the pings are answered";
  EXPECT_NE(heard.find("\x88\x02\x03\xf0"), std::string::npos) << "closed with 1008";
  client.socket().close();
  echo.closed.get_future().wait();
}

TEST(WebSocket, AMessageInPiecesArrivesAndQuietBetweenMessagesIsNoDelay) {
  Limits limits;
  limits.message = std::chrono::milliseconds(500);
  Echo echo;
  RunningServer server(echo.handler(), limits);
  echo.server = &server;
  Client client(server);
  for (const int quiet : {600, 0}) {
    boost::asio::write(client.socket(), boost::asio::buffer(frame_head(10) + "hello"));
    boost::asio::write(client.socket(), boost::asio::buffer("world", 5));
    EXPECT_EQ(client.receive(), "helloworld");
    pollfd poll{client.socket().native_handle(), POLLIN, 0};
    EXPECT_EQ(::poll(&poll, 1, quiet), 0) << "longer than a message may take";
  }
}

TEST(WebSocket, CloseTellsThePeerWhyAfterWhatIsQueued) {
  Echo echo;
  RunningServer server(echo.handler());
  echo.server = &server;
  Client client(server);
  echo.ready.get_future().wait();

  echo.socket->send("last words");
  echo.socket->close(CloseCode::policy_violation);
  echo.socket->send("never heard");

  EXPECT_EQ(client.receive(), "last words");
  client.receive();
  EXPECT_EQ(client.close_code(), 1008U);
  echo.closed.get_future().wait();
}

TEST(WebSocket, ACutConnectionIsToldOnce) {
  Echo echo;
  RunningServer server(echo.handler());
  echo.server = &server;
  {
    Client client(server);
    echo.ready.get_future().wait();
  }
  echo.closed.get_future().wait();  // a second event would throw from the promise
}

TEST(WebSocket, DroppingItClosesTheConnection) {
  Echo echo;
  RunningServer server(echo.handler());
  echo.server = &server;
  Client client(server);
  echo.ready.get_future().wait();

  echo.socket.reset();
  client.receive();

  EXPECT_EQ(client.close_code(), 1000U);
  echo.closed.get_future().wait();
}

TEST(WebSocket, AReceiverMayOutliveTheServer) {
  Echo echo;
  {
    RunningServer server(echo.handler());
    echo.server = &server;
    const Client client(server);
    echo.ready.get_future().wait();
  }
  echo.socket->send("into the void");
  echo.socket.reset();
}

TEST(WebSocket, AStopSaysGoingAway) {
  Echo echo;
  RunningServer server(echo.handler());
  echo.server = &server;
  Client client(server);
  echo.ready.get_future().wait();

  server.begin_stop();
  client.receive();

  EXPECT_EQ(client.close_code(), 1001U);
  server.wait_stopped();
  echo.closed.get_future().wait();
}

TEST(WebSocket, NothingIsReadUnasked) {
  std::promise<std::shared_ptr<http::WebSocket>> opened;
  std::promise<std::string> first;
  std::atomic<int> messages{0};
  RunningServer* running = nullptr;
  RunningServer server([&](const http::Request&, http::Responder respond) {
    Response response;
    response.upgrade.emplace();
    response.upgrade->opened = [&](auto socket) { opened.set_value(std::move(socket)); };
    respond(std::move(response));
  });
  running = &server;
  Client client(server);
  const auto socket = opened.get_future().get();
  socket->start([&](std::function<void()> work) { running->control.post(std::move(work)); },
                {.message =
                     [&](std::string message) {
                       if (++messages == 1) first.set_value(std::move(message));
                     },
                 .sent = {},
                 .closed = [] {}});

  client.send("one");
  client.send("two");
  socket->receive();

  EXPECT_EQ(first.get_future().get(), "one");
  EXPECT_EQ(testing::status_of(
                testing::RawClient(server.plain)
                    .exchange("GET /healthz HTTP/1.1\r\nHost: " + server.host() + "\r\n\r\n")),
            200);
  EXPECT_EQ(messages, 1);
}

TEST(WebSocket, AnUpgradeNobodyAskedForIsAnError) {
  RunningServer server([](const http::Request&, http::Responder respond) {
    Response response;
    response.upgrade.emplace();
    respond(std::move(response));
  });
  testing::RawClient client(server.plain);

  client.send("GET /socket HTTP/1.1\r\nHost: " + server.host() + "\r\n\r\n");
  std::string all;

  EXPECT_TRUE(client.read_to_end(all));
  EXPECT_NE(testing::status_of(all), 101);
}

TEST(WebSocket, AMalformedHandshakeOpensNothing) {
  Echo echo;
  RunningServer server(echo.handler());
  echo.server = &server;
  testing::RawClient client(server.plain);

  client.send("GET /socket HTTP/1.1\r\nHost: " + server.host() +
              "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n\r\n");
  std::string all;

  EXPECT_TRUE(client.read_to_end(all));
  EXPECT_NE(testing::status_of(all), 101);
  EXPECT_EQ(echo.ready.get_future().wait_for(std::chrono::seconds(0)), std::future_status::timeout);
}

}  // namespace
}  // namespace fastness::http_server
