#include "gateway/link/connection.h"

#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket.h"

namespace fastness::gateway {
namespace {

// The server's end of a handshake that takes a byte a step and never ends.
class EndlessHandshake final : public Transport {
 public:
  explicit EndlessHandshake(net::Socket socket) : socket_(std::move(socket)) {}

  [[nodiscard]] tls::Progress handshake() override {
    char byte = 0;
    return ::read(descriptor(), &byte, 1) == 1 ? tls::Progress::want_read : tls::Progress::closed;
  }
  [[nodiscard]] tls::Step read(std::span<std::uint8_t> /*out*/) override { return {}; }
  [[nodiscard]] tls::Step write(ByteView /*bytes*/) override { return {}; }
  [[nodiscard]] bool has_output() const override { return false; }
  [[nodiscard]] tls::Progress flush() override { return tls::Progress::done; }
  void close() override {}
  [[nodiscard]] int descriptor() const override { return socket_.descriptor(); }

 private:
  net::Socket socket_;
};

// Has no time for a handshake until it is told to.
class BusyKeeper final : public ConnectionKeeper {
 public:
  int steps_asked = 0;
  int ended = 0;

  [[nodiscard]] SteadyTime now() const override { return {}; }
  [[nodiscard]] std::span<std::uint8_t> input_buffer() override { return {}; }
  [[nodiscard]] tls::RecordCiphers& ciphers() override { return ciphers_; }
  [[nodiscard]] std::unique_ptr<Bytes> take_buffer() override { return nullptr; }
  void give_back(std::unique_ptr<Bytes> /*buffer*/) override {}
  void on_handshake_ready(Connection& /*connection*/) override { ++steps_asked; }
  void on_handshake(Connection& /*connection*/) override {}
  void on_packet(Connection& /*connection*/, const mqtt::ServerEndpoint::Action& /*action*/,
                 std::size_t /*bytes*/) override {}
  void on_dirty(Connection& /*connection*/) override {}
  void on_deadline(Connection& /*connection*/) override {}
  [[nodiscard]] SteadyTime::duration pace(Connection& /*connection*/,
                                          std::size_t /*bytes*/) override {
    return {};
  }
  void on_quota(Connection& /*connection*/, Quota /*quota*/) override {}
  void on_closing(Connection& /*connection*/) override {}
  void on_end(Connection& /*connection*/) override { ++ended; }

 private:
  tls::RecordCiphers ciphers_;
};

class HandshakesThatWait : public ::testing::Test {
 protected:
  HandshakesThatWait() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    client_ = net::Socket(ends[0]);
    connection_ =
        std::make_unique<Connection>(1, std::make_unique<EndlessHandshake>(net::Socket(ends[1])),
                                     Connection::Origin{}, Limits{}, SteadyTime{});
    EXPECT_TRUE(connection_->attach(keeper_, *loop_));
  }

  void send(std::string_view bytes) const {
    ASSERT_EQ(::write(client_.descriptor(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }

  // Whether there comes a turn without anything in it.
  bool comes_to_rest() {
    constexpr int kTurns = 10;
    for (int turn = 0; turn < kTurns; ++turn) {
      if (loop_->run_ready() == 0) return true;
      if (keeper_.ended != 0) loop_->remove(connection_->transport().descriptor());
    }
    return false;
  }

  std::unique_ptr<net::PollLoop> loop_ = net::PollLoop::create("test").value();
  BusyKeeper keeper_;
  net::Socket client_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(HandshakesThatWait, DoNotKeepTheLoopBusy) {
  send("ab");

  EXPECT_TRUE(comes_to_rest()) << "the loop is woken by what nobody has time to read";

  EXPECT_EQ(keeper_.steps_asked, 1);
}

TEST_F(HandshakesThatWait, GoOnAfterTheirStep) {
  send("ab");
  ASSERT_TRUE(comes_to_rest());

  connection_->step_handshake();
  ASSERT_TRUE(comes_to_rest());

  EXPECT_EQ(keeper_.steps_asked, 2) << "for the byte that is left";
}

TEST_F(HandshakesThatWait, GoOnAfterAStepOfAnothers) {
  send("ab");
  ASSERT_TRUE(comes_to_rest());

  connection_->give_back(connection_->lend_for_step().handshake());
  ASSERT_TRUE(comes_to_rest());

  EXPECT_EQ(keeper_.steps_asked, 2);
}

TEST_F(HandshakesThatWait, EndWhenTheirClientHasGone) {
  send("ab");
  ASSERT_TRUE(comes_to_rest());

  client_ = {};

  EXPECT_TRUE(comes_to_rest());
  EXPECT_EQ(keeper_.ended, 1) << "without a step";
}

TEST_F(HandshakesThatWait, EndOnceThoughAnotherIsAtTheirStep) {
  send("ab");
  ASSERT_TRUE(comes_to_rest());
  Transport& lent = connection_->lend_for_step();

  client_ = {};
  EXPECT_TRUE(comes_to_rest());
  connection_->give_back(lent.handshake());

  EXPECT_EQ(keeper_.ended, 1);
}

}  // namespace
}  // namespace fastness::gateway
