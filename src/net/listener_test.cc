#include "net/listener.h"

#include <deque>

#include <boost/asio/connect.hpp>
#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"

namespace fastness::net {
namespace {

using boost::asio::ip::tcp;

class ListenerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Listener> listen(Listener::Options options,
                                   ConnectionLimits::Options limits = {}) {
    auto listener = Listener::bind(loop_, *parse_endpoint("127.0.0.1:0"), options,
                                   ConnectionLimits::create(limits), clock_);
    EXPECT_TRUE(listener);
    auto owned = std::move(listener).value();
    owned->start([this](Accepted accepted) { accepted_.push_back(std::move(accepted)); });
    return owned;
  }

  // The kernel completes a connect to a listening socket without the server's help.
  void connect_and_settle(const Listener& listener) {
    clients_.emplace_back(client_context_);
    clients_.back().connect(listener.endpoint());
    while (loop_.run_ready() != 0) {
    }
  }

  testing::ManualClock clock_{Timestamp{}};
  EventLoop loop_{"test"};
  boost::asio::io_context client_context_;
  std::deque<tcp::socket> clients_;
  std::deque<Accepted> accepted_;
};

TEST_F(ListenerTest, AsksTheKernelForAPortAndSaysWhich) {
  const auto listener = listen({});

  EXPECT_NE(listener->endpoint().port(), 0);
  connect_and_settle(*listener);

  ASSERT_EQ(accepted_.size(), 1U);
  EXPECT_EQ(accepted_[0].remote, clients_[0].local_endpoint());
  EXPECT_TRUE(accepted_[0].socket.non_blocking());
}

TEST_F(ListenerTest, AnAddressInUseIsAnErrorNotASurprise) {
  const auto first = listen({});

  const auto second =
      Listener::bind(loop_, first->endpoint(), {}, ConnectionLimits::create({}), clock_);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
}

TEST_F(ListenerTest, TwoLoopsMayShareAPort) {
  const auto first = listen({.share_port = true});

  const auto second = Listener::bind(loop_, first->endpoint(), {.share_port = true},
                                     ConnectionLimits::create({}), clock_);

  EXPECT_TRUE(second);
}

TEST_F(ListenerTest, APortThatOthersShareIsNotFree) {
  auto first = listen({.share_port = true});
  const Endpoint endpoint = first->endpoint();

  const auto taken = check_port_is_free(endpoint);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::unavailable);
  EXPECT_NE(taken.error().message.find("another program"), std::string::npos);

  first.reset();
  EXPECT_TRUE(check_port_is_free(endpoint));
  EXPECT_TRUE(check_port_is_free(endpoint)) << "looking does not take it";
}

TEST_F(ListenerTest, ClosesTheCallerBeyondTheLimitAndServesTheOthers) {
  const auto listener = listen({}, {.max_connections = 10, .max_per_address = 1});

  connect_and_settle(*listener);
  connect_and_settle(*listener);

  EXPECT_EQ(accepted_.size(), 1U);
  EXPECT_EQ(listener->refused(), 1U);
  boost::system::error_code error;
  char byte = 0;
  clients_[1].read_some(boost::asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, boost::asio::error::eof);

  accepted_.clear();
  connect_and_settle(*listener);
  EXPECT_EQ(accepted_.size(), 1U);
}

TEST_F(ListenerTest, BeyondTheBurstCallersWaitInTheQueue) {
  const auto listener = listen({.accepts_per_second = 0.001, .accept_burst = 2});

  for (int i = 0; i < 4; ++i) connect_and_settle(*listener);

  EXPECT_LE(accepted_.size(), 3U);  // the first accept is free: it was posted before any token
  EXPECT_EQ(listener->refused(), 0U);
}

TEST_F(ListenerTest, StopRefusesNewCallers) {
  const auto listener = listen({});
  const auto endpoint = listener->endpoint();

  listener->stop();

  tcp::socket late(client_context_);
  boost::system::error_code error;
  late.connect(endpoint, error);
  EXPECT_EQ(error, boost::asio::error::connection_refused);
}

}  // namespace
}  // namespace fastness::net
