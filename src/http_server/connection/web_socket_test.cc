#include <future>
#include <mutex>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <gtest/gtest.h>

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

  client.send("\x10");

  EXPECT_EQ(client.receive(), "\x10");
  EXPECT_TRUE(client.got_binary());
  EXPECT_EQ(client.chosen_protocol(), "mqtt");
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
