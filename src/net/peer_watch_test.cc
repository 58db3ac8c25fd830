#include "net/peer_watch.h"

#include <array>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fastness::net {
namespace {

int option(int descriptor, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(descriptor, level, name, &value, &size);
  return value;
}

TEST(PeerWatch, AsksTheKernelToFindOut) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(option(socket, SOL_SOCKET, SO_KEEPALIVE), 0);

  EXPECT_TRUE(watch_peer(socket, std::chrono::seconds{240}));

  EXPECT_EQ(option(socket, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(socket, IPPROTO_TCP, TCP_KEEPIDLE), 120);
  EXPECT_EQ(option(socket, IPPROTO_TCP, TCP_KEEPINTVL), 30);
  EXPECT_EQ(option(socket, IPPROTO_TCP, TCP_KEEPCNT), 4);
  EXPECT_EQ(option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT), 240'000);
  ::close(socket);
}

TEST(PeerWatch, TakesNoTimeThatTheKernelDoesNot) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_TRUE(watch_peer(socket, std::chrono::seconds{0}));
  EXPECT_TRUE(watch_peer(socket, std::chrono::hours{1'000'000}));
  ::close(socket);
}

TEST(PeerWatch, SaysWhenThereIsNoSuchSocket) {
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  EXPECT_FALSE(watch_peer(pair[0], std::chrono::seconds{240}));
  for (const int each : pair) ::close(each);
}

}  // namespace
}  // namespace fastness::net
