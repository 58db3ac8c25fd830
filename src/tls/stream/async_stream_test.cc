#include "tls/stream/async_stream.h"

#include <array>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tls/testing/pair.h"

namespace fastness::tls {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using testing::World;

class AsyncStreamTest : public ::testing::TestWithParam<bool> {
 protected:
  AsyncStreamTest() {
    if (!GetParam()) {
      server_.emplace(socket(server_end_));
      client_.emplace(socket(client_end_));
      return;
    }
    ClientContext::Options options;
    options.anchors = {world_.servers.anchor()};
    context_ = ClientContext::create(std::move(options)).value();
    server_.emplace(socket(server_end_), world_.context->accept(server_end_));
    client_.emplace(socket(client_end_), context_->connect(client_end_, "localhost"));
  }

  AsyncStream::Socket socket(int descriptor) {
    return {io_, asio::generic::stream_protocol(AF_UNIX, 0), descriptor};
  }

  void shake() {
    int done = 0;
    const auto count = [&](error_code error) { done += error ? 0 : 1; };
    server_->async_handshake(count);
    client_->async_handshake(count);
    run();
    ASSERT_EQ(done, 2);
  }

  void run() {
    io_.restart();
    io_.run();
  }

  World world_{{}};
  asio::io_context io_;
  testing::SocketPair wire_;
  int server_end_ = ::dup(wire_.server());
  int client_end_ = ::dup(wire_.client());
  std::shared_ptr<ClientContext> context_;
  std::optional<AsyncStream> server_;
  std::optional<AsyncStream> client_;
};

TEST_P(AsyncStreamTest, CarriesMoreThanTheWireHolds) {
  shake();
  const std::string sent(2'000'000, 'x');
  std::string received(sent.size(), '\0');
  error_code write_error = asio::error::in_progress;
  error_code read_error = asio::error::in_progress;

  asio::async_write(*server_, asio::buffer(sent),
                    [&](error_code error, std::size_t) { write_error = error; });
  asio::async_read(*client_, asio::buffer(received),
                   [&](error_code error, std::size_t) { read_error = error; });
  run();

  EXPECT_FALSE(write_error);
  EXPECT_FALSE(read_error);
  EXPECT_EQ(received, sent);
}

TEST_P(AsyncStreamTest, NeverCompletesInsideTheCall) {
  shake();
  bool completed = false;

  server_->async_write_some(asio::buffer("x", 1),
                            [&](error_code, std::size_t) { completed = true; });

  EXPECT_FALSE(completed);
  run();
  EXPECT_TRUE(completed);
}

TEST_P(AsyncStreamTest, AProperCloseIsEndOfFile) {
  shake();
  error_code read_error;
  std::array<char, 8> buffer{};

  client_->async_shutdown([](error_code) {});
  server_->async_read_some(asio::buffer(buffer),
                           [&](error_code error, std::size_t) { read_error = error; });
  run();

  EXPECT_EQ(read_error, asio::error::eof);
}

TEST_P(AsyncStreamTest, CloseEndsWhatIsUnderWay) {
  shake();
  error_code read_error;
  std::array<char, 8> buffer{};
  server_->async_read_some(asio::buffer(buffer),
                           [&](error_code error, std::size_t) { read_error = error; });
  io_.restart();
  io_.poll();

  server_->close();
  run();

  EXPECT_TRUE(read_error);
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, AsyncStreamTest, ::testing::Bool(),
                         [](const auto& each) { return each.param ? "Tls" : "Plain"; });

}  // namespace
}  // namespace fastness::tls
