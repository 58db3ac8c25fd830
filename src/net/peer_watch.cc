#include "net/peer_watch.h"

#include <algorithm>
#include <limits>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace fastness::net {
namespace {

constexpr int kQuestions = 4;

bool set(int descriptor, int level, int option, int value) {
  return ::setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

}  // namespace

bool watch_peer(int descriptor, std::chrono::seconds patience) {
  constexpr std::chrono::seconds kLongest{
      std::numeric_limits<std::int16_t>::max()};  // the kernel's
  const auto whole =
      static_cast<int>(std::clamp(patience, std::chrono::seconds{2}, kLongest).count());
  const int silence = whole / 2;
  const int between = std::max(1, (whole - silence) / kQuestions);
  return set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, silence) &&
         set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, between) &&
         set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, kQuestions) &&
         set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, whole * 1'000) &&
         set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
}

}  // namespace fastness::net
