// MQTT over WebSocket: a stream of bytes whose messages cut packets anywhere.

#include <gtest/gtest.h>

#include "gateway/testing/browser_socket.h"
#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using testing::BrowserSocket;
using testing::Hub;

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
