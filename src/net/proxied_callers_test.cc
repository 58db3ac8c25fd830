// Callers of whom a proxy says who they are.
#include <deque>
#include <memory>
#include <string>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/testing/manual_clock.h"
#include "net/event_loop.h"
#include "net/listener.h"
#include "net/poll_loop.h"

namespace fastness::net {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

constexpr const char* kHeader = "PROXY TCP4 198.51.100.7 192.0.2.1 40000 8883\r\n";

template <typename Loop>
std::unique_ptr<Loop> make_loop();
template <>
std::unique_ptr<EventLoop> make_loop() {
  return std::make_unique<EventLoop>("test");
}
template <>
std::unique_ptr<PollLoop> make_loop() {
  return PollLoop::create("test").value();
}

// A listener is the same on either kind of loop.
template <typename LoopType>
class ProxiedCallersTest : public ::testing::Test {
 protected:
  void listen(Listener::Options options) {
    limits_ = ConnectionLimits::create(of_limits_, [this](auto why) { refused_.push_back(why); });
    auto listener =
        Listener::bind(*loop_, *parse_endpoint("127.0.0.1:0"), options, limits_, clock_);
    ASSERT_TRUE(listener);
    listener_ = std::move(listener).value();
    listener_->start([this](Accepted accepted) { accepted_.push_back(std::move(accepted)); });
  }
  static Listener::Options from(const char* networks) {
    Listener::Options options;
    options.proxies = *parse_networks(networks);
    return options;
  }

  // A caller that has sent `bytes`.
  tcp::socket& call(std::string_view bytes) {
    clients_.emplace_back(client_context_);
    clients_.back().connect(listener_->endpoint());
    return send(clients_.back(), bytes);
  }
  tcp::socket& send(tcp::socket& client, std::string_view bytes) {
    boost::asio::write(client, boost::asio::buffer(bytes));
    settle();
    return client;
  }
  void settle() {
    while (loop_->run_ready() != 0) {
    }
  }
  static bool is_closed(tcp::socket& client) {
    char byte = 0;
    boost::system::error_code error;
    client.non_blocking(true);
    client.read_some(boost::asio::buffer(&byte, 1), error);
    return error && error != boost::asio::error::would_block;
  }
  static std::string read_all(const Accepted& accepted) {
    std::string bytes(64, '\0');
    const auto size =
        ::recv(accepted.socket.descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return bytes;
  }

  testing::ManualClock clock_{Timestamp{}};
  std::unique_ptr<LoopType> loop_ = make_loop<LoopType>();
  ConnectionLimits::Options of_limits_;
  std::shared_ptr<ConnectionLimits> limits_;
  std::unique_ptr<Listener> listener_;
  boost::asio::io_context client_context_;
  std::deque<tcp::socket> clients_;
  std::deque<Accepted> accepted_;
  std::deque<ConnectionLimits::Refusal> refused_;
};

using LoopTypes = ::testing::Types<EventLoop, PollLoop>;
TYPED_TEST_SUITE(ProxiedCallersTest, LoopTypes);

TYPED_TEST(ProxiedCallersTest, AreWhomTheHeaderNamesAndKeepWhatTheySaid) {
  this->listen(this->from("127.0.0.1/32"));
  this->call(std::string(kHeader) + "hello");

  ASSERT_EQ(this->accepted_.size(), 1U);
  EXPECT_EQ(to_text(this->accepted_[0].remote), "198.51.100.7:40000");
  EXPECT_TRUE(this->accepted_[0].is_by_proxy);
  EXPECT_EQ(this->read_all(this->accepted_[0]), "hello");
}

TYPED_TEST(ProxiedCallersTest, MayHaveAHeaderThatComesByteAfterByte) {
  this->listen(this->from("127.0.0.1/32"));
  tcp::socket& client = this->call("");
  for (const char* byte = kHeader; *byte != '\0'; ++byte) {
    EXPECT_TRUE(this->accepted_.empty());
    this->send(client, std::string_view(byte, 1));
  }
  ASSERT_EQ(this->accepted_.size(), 1U);
  this->send(client, "hello");
  EXPECT_EQ(this->read_all(this->accepted_[0]), "hello");
}

TYPED_TEST(ProxiedCallersTest, AreTheProxyItselfIfItComesForNobody) {
  this->listen(this->from("127.0.0.1/32"));
  tcp::socket& client = this->call("PROXY UNKNOWN\r\n");

  ASSERT_EQ(this->accepted_.size(), 1U);
  EXPECT_EQ(this->accepted_[0].remote, client.local_endpoint());
  EXPECT_TRUE(this->accepted_[0].is_by_proxy);
}

TYPED_TEST(ProxiedCallersTest, WithoutAHeaderAreClosed) {
  this->listen(this->from("127.0.0.1/32"));
  for (const std::string_view bytes : {std::string_view("\x16\x03\x01\x02\x00\x01", 6),
                                       std::string_view("PROXY TCP4 nobody\r\n")}) {
    EXPECT_TRUE(this->is_closed(this->call(bytes)));
  }
  EXPECT_TRUE(this->accepted_.empty());
  EXPECT_EQ(this->refused_, (std::deque{2, ConnectionLimits::Refusal::no_proxy_header}));
  EXPECT_EQ(this->listener_->refused(), 2U);
}

// A header is a proxy's to send: of anybody else it is bytes like others.
TYPED_TEST(ProxiedCallersTest, OfNoProxyAreWhereTheyAre) {
  this->listen(this->from("192.0.2.1/32 2001:db8::/32"));
  tcp::socket& client = this->call(kHeader);

  ASSERT_EQ(this->accepted_.size(), 1U);
  EXPECT_EQ(this->accepted_[0].remote, client.local_endpoint());
  EXPECT_FALSE(this->accepted_[0].is_by_proxy);
  EXPECT_EQ(this->read_all(this->accepted_[0]), kHeader);
}

TYPED_TEST(ProxiedCallersTest, AreCountedByTheirOwnAddress) {
  this->of_limits_.max_per_address = 1;
  this->listen(this->from("127.0.0.1/32"));
  this->call(kHeader);
  this->call("PROXY TCP4 198.51.100.8 192.0.2.1 40000 8883\r\n");
  EXPECT_EQ(this->accepted_.size(), 2U);
  EXPECT_TRUE(this->is_closed(this->call(kHeader)));
  EXPECT_EQ(this->accepted_.size(), 2U);
}

TYPED_TEST(ProxiedCallersTest, HaveSoLongToBeNamedAndNoLonger) {
  Listener::Options options = this->from("127.0.0.1/32");
  options.proxy_header = 0ms;  // up before a byte can follow
  this->listen(options);
  tcp::socket& client = this->call("");
  // The kernel's timer goes off, in whichever turn.
  for (int turn = 0; turn < 1'000'000 && this->refused_.empty(); ++turn) this->settle();
  EXPECT_TRUE(this->is_closed(client));
  EXPECT_TRUE(this->accepted_.empty());
}

TYPED_TEST(ProxiedCallersTest, WaitInBoundedNumber) {
  Listener::Options options = this->from("127.0.0.1/32");
  options.max_waiting_for_proxy = 2;
  this->listen(options);
  tcp::socket& first = this->call("PROXY ");
  this->call("PROXY ");
  EXPECT_TRUE(this->is_closed(this->call("PROXY ")));

  this->send(first, std::string_view(kHeader).substr(6));
  EXPECT_EQ(this->accepted_.size(), 1U) << "who waited is served";
  EXPECT_FALSE(this->is_closed(this->call("PROXY "))) << "and makes room";
}

TYPED_TEST(ProxiedCallersTest, WhoLeavesBeforeItIsNamedIsForgotten) {
  Listener::Options options = this->from("127.0.0.1/32");
  options.max_waiting_for_proxy = 1;
  this->listen(options);
  this->call("PROXY ").close();
  this->settle();
  this->call(kHeader);
  EXPECT_EQ(this->accepted_.size(), 1U);
}

TYPED_TEST(ProxiedCallersTest, AreClosedWithTheListener) {
  this->listen(this->from("127.0.0.1/32"));
  tcp::socket& client = this->call("PROXY ");
  this->listener_->stop();
  this->settle();
  EXPECT_TRUE(this->is_closed(client));
}

}  // namespace
}  // namespace fastness::net
