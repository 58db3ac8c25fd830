// MQTT over WebSocket: a stream of bytes whose messages cut packets anywhere.

#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using testing::Hub;

// The API's end of a WebSocket, without a network: what a browser would send and see.
class BrowserSocket final : public http::WebSocket {
 public:
  void start(Post post, Events events) override {
    const std::lock_guard lock(mutex_);
    post_ = std::move(post);
    events_ = std::move(events);
    changed_.notify_all();
  }
  void receive() override {
    const std::lock_guard lock(mutex_);
    ++asked_;
    changed_.notify_all();
  }
  void send(std::string message) override {
    const std::lock_guard lock(mutex_);
    received_ += message;
    changed_.notify_all();
  }
  [[nodiscard]] std::size_t unsent() const override { return 0; }
  void close(http::CloseCode) override {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(closed_, true)) return;
    }
    changed_.notify_all();
    if (post_) post_(events_.closed);
  }

  // Sends one message once it is asked for, as the real one does.
  void say(ByteView bytes) {
    EXPECT_TRUE(wait([this] { return asked_ != 0; }));
    {
      const std::lock_guard lock(mutex_);
      --asked_;
    }
    post_([message = events_.message, text = std::string(as_text(bytes))] { message(text); });
  }
  // What has come once it is so many bytes.
  std::string hear(std::size_t bytes) {
    wait([&] { return received_.size() >= bytes || closed_; });
    const std::lock_guard lock(mutex_);
    return std::exchange(received_, {});
  }
  bool wait_for_close() {
    return wait([this] { return closed_; });
  }

 private:
  template <typename Condition>
  bool wait(const Condition& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds{10}, condition);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Post post_;
  Events events_;
  std::string received_;
  int asked_ = 0;
  bool closed_ = false;
};

Bytes login(const std::string& name) {
  Bytes out;
  encode(Hub::person_packet(name, name), out);
  return out;
}

TEST(WebSocket, CarriesMqttHoweverItIsCut) {
  for (const std::size_t threads : {1U, 4U}) {
    Hub hub({}, threads);
    hub.add_person(1, "ada");
    const auto socket = std::make_shared<BrowserSocket>();
    hub.gateway->adopt(socket, "127.0.0.1:1", "1.3");
    for (const std::uint8_t byte : login("ada")) socket->say(ByteView(&byte, 1));
    EXPECT_EQ(to_hex(as_bytes(socket->hear(4))), "20020000");

    Bytes packets;
    encode(mqtt::Subscribe{1, {{"t", {}}}, {}}, mqtt::Version::v311, packets);
    encode(mqtt::Publish{.topic = "t", .payload = as_bytes("x"), .properties = {}},
           mqtt::Version::v311, packets);
    socket->say(ByteView(packets).first(7));
    socket->say(ByteView(packets).subspan(7));
    EXPECT_EQ(to_hex(as_bytes(socket->hear(5 + 6))),
              "9003000100"
              "3004000174"
              "78");
  }
}

TEST(WebSocket, RefusesLikeAnyOtherWayIn) {
  Hub hub;
  const auto socket = std::make_shared<BrowserSocket>();
  hub.gateway->adopt(socket, "127.0.0.1:1", "1.3");
  socket->say(login("nobody"));
  EXPECT_EQ(to_hex(as_bytes(socket->hear(4))), "20020005");
  EXPECT_TRUE(socket->wait_for_close());
}

TEST(WebSocket, IsClosedWhenItsKeyIsRevoked) {
  Hub hub;
  hub.add_person(1, "ada");
  const auto socket = std::make_shared<BrowserSocket>();
  hub.gateway->adopt(socket, "127.0.0.1:1", "1.3");
  socket->say(login("ada"));
  EXPECT_EQ(socket->hear(4).size(), 4U);

  hub.gateway->disconnect_credential("key of ada");

  EXPECT_TRUE(socket->wait_for_close());
}

TEST(WebSocket, NoiseClosesIt) {
  Hub hub;
  const auto socket = std::make_shared<BrowserSocket>();
  hub.gateway->adopt(socket, "127.0.0.1:1", "1.3");
  socket->say(from_hex("0000").value());
  EXPECT_TRUE(socket->wait_for_close());
}

}  // namespace
}  // namespace fastness::gateway
