// Both ends over a real socket between two threads, as they are between two processes.
#include <thread>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "os/seqpacket_socket.h"
#include "vault_ipc/client.h"
#include "vault_ipc/server.h"
#include "vault_ipc/testing/refusing_service.h"

namespace fastness::vault_ipc {
namespace {

class SocketChannelTest : public ::testing::Test {
 protected:
  SocketChannelTest() {
    auto ends = std::move(os::SeqpacketSocket::make_pair()).value();
    client = std::make_unique<Client>(only_connection(channel_over(std::move(ends.first))), clock);
    thread = std::thread([this, channel = channel_over(std::move(ends.second))]() mutable {
      end = server.serve(*channel);
      channel.reset();
    });
  }
  ~SocketChannelTest() override {
    client.reset();
    if (thread.joinable()) thread.join();
  }

  SystemClock clock;
  testing::RefusingService service;
  Server server{service, clock, [](std::string_view) {}};
  Server::End end = Server::End::too_many;
  std::unique_ptr<Client> client;
  std::thread thread;
};

TEST_F(SocketChannelTest, ErrorsTravelWithTheirCode) {
  EXPECT_EQ(client->take_start_keys().error().code, Errc::unavailable);
  EXPECT_EQ(client->pepper({}).error().message, "refused");
  client.reset();
  thread.join();
  EXPECT_EQ(end, Server::End::peer_closed);
  EXPECT_EQ(service.calls, 2);
}

TEST_F(SocketChannelTest, AfterAViolationTheHubIsCutOff) {
  EXPECT_EQ(client->pepper({}).error().code, Errc::unavailable);
  EXPECT_EQ(client->take_start_keys().error().code, Errc::unavailable);
  thread.join();
  EXPECT_EQ(end, Server::End::violation);
  EXPECT_EQ(service.calls, 0);
}

TEST_F(SocketChannelTest, TheLargestAnswersFit) {
  LedgerPage page;
  page.entries.resize(ReadLedger::kMaxEntries);
  Bytes bytes;
  ByteWriter out(bytes);
  page.encode(out);
  EXPECT_LT(bytes.size(), os::SeqpacketSocket::kMaxMessage);
}

TEST_F(SocketChannelTest, ManyThreadsMayAskAtOnce) {
  ASSERT_FALSE(client->take_start_keys());
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([this] {
      for (int n = 0; n < 50; ++n) {
        EXPECT_EQ(client->pepper({}).error().message, "refused");
        EXPECT_EQ(client->server_anchors().error().message, "refused");
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(client->pepper({}).error().message, "refused");
}

}  // namespace
}  // namespace fastness::vault_ipc
