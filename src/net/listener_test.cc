#include "net/listener.h"

#include <deque>

#include <boost/asio/connect.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/testing/manual_clock.h"
#include "net/event_loop.h"
#include "net/poll_loop.h"

namespace fastness::net {
namespace {

using boost::asio::ip::tcp;

// A listener is the same on either kind of loop.
struct OnEventLoop {
  EventLoop loop{"test"};
};
struct OnPollLoop {
  std::unique_ptr<PollLoop> owned = PollLoop::create("test").value();
  PollLoop& loop = *owned;
};

template <typename On>
class ListenerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Listener> listen(Listener::Options options,
                                   ConnectionLimits::Options limits = {}) {
    auto listener = Listener::bind(on_.loop, *parse_endpoint("127.0.0.1:0"), options,
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
    settle();
  }

  void settle() {
    while (on_.loop.run_ready() != 0) {
    }
  }

  testing::ManualClock clock_{Timestamp{}};
  On on_;
  boost::asio::io_context client_context_;
  std::deque<tcp::socket> clients_;
  std::deque<Accepted> accepted_;
};

using Loops = ::testing::Types<OnEventLoop, OnPollLoop>;
TYPED_TEST_SUITE(ListenerTest, Loops);

TYPED_TEST(ListenerTest, AsksTheKernelForAPortAndSaysWhich) {
  const auto listener = this->listen({});

  EXPECT_NE(listener->endpoint().port(), 0);
  this->connect_and_settle(*listener);

  ASSERT_EQ(this->accepted_.size(), 1U);
  EXPECT_EQ(this->accepted_[0].remote, this->clients_[0].local_endpoint());
  EXPECT_NE(::fcntl(this->accepted_[0].socket.descriptor(), F_GETFL) & O_NONBLOCK, 0);
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  ASSERT_EQ(::getsockopt(this->accepted_[0].socket.descriptor(), IPPROTO_TCP, TCP_NODELAY,
                         &no_delay, &size),
            0);
  EXPECT_EQ(no_delay, 1);
}

TYPED_TEST(ListenerTest, AnAddressInUseIsAnErrorNotASurprise) {
  const auto first = this->listen({});

  const auto second = Listener::bind(this->on_.loop, first->endpoint(), {},
                                     ConnectionLimits::create({}), this->clock_);

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
}

TYPED_TEST(ListenerTest, TwoLoopsMayShareAPort) {
  const auto first = this->listen({.share_port = true});

  const auto second = Listener::bind(this->on_.loop, first->endpoint(), {.share_port = true},
                                     ConnectionLimits::create({}), this->clock_);

  EXPECT_TRUE(second);
}

TYPED_TEST(ListenerTest, APortThatOthersShareIsNotFree) {
  auto first = this->listen({.share_port = true});
  const Endpoint endpoint = first->endpoint();

  const auto taken = check_port_is_free(endpoint);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::unavailable);
  EXPECT_NE(taken.error().message.find("another program"), std::string::npos);

  first.reset();
  EXPECT_TRUE(check_port_is_free(endpoint));
  EXPECT_TRUE(check_port_is_free(endpoint)) << "looking does not take it";
}

TYPED_TEST(ListenerTest, ClosesTheCallerBeyondTheLimitAndServesTheOthers) {
  const auto listener = this->listen({}, {.max_connections = 10, .max_per_address = 1});

  this->connect_and_settle(*listener);
  this->connect_and_settle(*listener);

  EXPECT_EQ(this->accepted_.size(), 1U);
  EXPECT_EQ(listener->refused(), 1U);
  boost::system::error_code error;
  char byte = 0;
  this->clients_[1].read_some(boost::asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, boost::asio::error::eof);

  this->accepted_.clear();
  this->connect_and_settle(*listener);
  EXPECT_EQ(this->accepted_.size(), 1U);
}

TYPED_TEST(ListenerTest, BeyondTheBurstCallersWaitInTheQueue) {
  const auto listener = this->listen({.accepts_per_second = 0.001, .accept_burst = 2});

  for (int i = 0; i < 4; ++i) this->connect_and_settle(*listener);

  EXPECT_EQ(this->accepted_.size(), 2U);
  EXPECT_EQ(listener->refused(), 0U);
}

TYPED_TEST(ListenerTest, WhomItHoldsItTakesLater) {
  const auto listener = this->listen({});

  listener->hold();
  this->connect_and_settle(*listener);
  EXPECT_EQ(this->accepted_.size(), 0U);

  listener->release();
  this->settle();
  EXPECT_EQ(this->accepted_.size(), 1U);
}

TYPED_TEST(ListenerTest, MayHoldWhileItAccepts) {
  auto listener = Listener::bind(this->on_.loop, *parse_endpoint("127.0.0.1:0"), {},
                                 ConnectionLimits::create({}), this->clock_)
                      .value();
  listener->start([&](Accepted accepted) {
    this->accepted_.push_back(std::move(accepted));
    listener->hold();
  });

  this->connect_and_settle(*listener);
  this->connect_and_settle(*listener);

  EXPECT_EQ(this->accepted_.size(), 1U);
}

TYPED_TEST(ListenerTest, StopRefusesNewCallers) {
  const auto listener = this->listen({});
  const auto endpoint = listener->endpoint();

  listener->stop();

  tcp::socket late(this->client_context_);
  boost::system::error_code error;
  late.connect(endpoint, error);
  EXPECT_EQ(error, boost::asio::error::connection_refused);
}

}  // namespace
}  // namespace fastness::net
