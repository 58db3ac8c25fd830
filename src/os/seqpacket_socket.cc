#include "os/seqpacket_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

namespace fastness::os {

namespace {

// Each packet starts with one of these. The descriptors ride on the first packet of a message.
enum class More : std::uint8_t { last = 0, follows = 1 };

constexpr std::size_t kPacketPayload = std::size_t{64} * 1024;

constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(int) * SeqpacketSocket::kMaxDescriptors);

struct alignas(cmsghdr) ControlBuffer {
  std::array<std::uint8_t, kControlSize> bytes{};
};

void attach(msghdr& header, ControlBuffer& control, std::span<const int> descriptors) {
  header.msg_control = control.bytes.data();
  header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
}

// Owns every descriptor in the message at once, so that none leaks when the message is refused.
std::vector<Descriptor> detach(msghdr& header) {
  std::vector<Descriptor> received;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof number);
      received.emplace_back(number);
    }
  }
  return received;
}

Result<void> send_packet(int socket, More more, ByteView payload, std::span<const int> attached) {
  auto marker = static_cast<std::uint8_t>(more);
  // sendmsg does not write through iov_base; the C interface just cannot say so.
  std::array<iovec, 2> parts{
      {{&marker, 1}, {const_cast<std::uint8_t*>(payload.data()), payload.size()}}};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  ControlBuffer control;
  if (!attached.empty()) attach(header, control, attached);
  while (::sendmsg(socket, &header, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return fail_with_errno("send to the other process");
  }
  return {};
}

struct Packet {
  More more;
  std::size_t size;
  std::vector<Descriptor> descriptors;
};

Result<Packet> receive_packet(int socket, std::span<std::uint8_t> payload) {
  std::uint8_t marker = 0;
  std::array<iovec, 2> parts{{{&marker, 1}, {payload.data(), payload.size()}}};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  ControlBuffer control;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  ssize_t size = 0;
  while ((size = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno != EINTR) return fail_with_errno("receive from the other process");
  }
  std::vector<Descriptor> descriptors = detach(header);
  if (size == 0) return fail(Errc::unavailable, "the other process has closed the connection");
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return fail(Errc::corrupted, "a packet or its descriptors are larger than permitted");
  }
  if (marker > static_cast<std::uint8_t>(More::follows)) {
    return fail(Errc::corrupted, "a packet has no valid marker");
  }
  return Packet{static_cast<More>(marker), static_cast<std::size_t>(size) - 1,
                std::move(descriptors)};
}

Result<void> set_timeout(int socket, int option, timeval value) {
  if (::setsockopt(socket, SOL_SOCKET, option, &value, sizeof value) != 0) {
    return fail_with_errno("set socket deadline");
  }
  return {};
}

}  // namespace

Result<std::pair<SeqpacketSocket, SeqpacketSocket>> SeqpacketSocket::make_pair() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail_with_errno("make a socket pair");
  }
  return std::pair(SeqpacketSocket(Descriptor(ends[0])), SeqpacketSocket(Descriptor(ends[1])));
}

Result<SeqpacketSocket> SeqpacketSocket::adopt(Descriptor descriptor) {
  int type = 0;
  socklen_t size = sizeof type;
  const int status = ::getsockopt(descriptor.number(), SOL_SOCKET, SO_TYPE, &type, &size);
  if (status != 0 || type != SOCK_SEQPACKET) {
    return fail(Errc::invalid_argument, "the inherited descriptor is no SOCK_SEQPACKET socket");
  }
  return SeqpacketSocket(std::move(descriptor));
}

Result<void> SeqpacketSocket::send(ByteView message, std::span<const int> descriptors) const {
  if (message.size() > kMaxMessage || descriptors.size() > kMaxDescriptors) {
    return fail(Errc::invalid_argument, "the message is larger than a connection carries");
  }
  do {
    const ByteView payload = message.first(std::min(message.size(), kPacketPayload));
    message = message.subspan(payload.size());
    const More more = message.empty() ? More::last : More::follows;
    FASTNESS_RETURN_IF_ERROR(send_packet(number(), more, payload, descriptors));
    descriptors = {};
  } while (!message.empty());
  return {};
}

Result<Message> SeqpacketSocket::receive(std::size_t max_bytes) const {
  Message message;
  for (;;) {
    const std::size_t have = message.bytes.size();
    // One byte more than permitted, so that a message of exactly max_bytes is told from a longer.
    message.bytes.resize(have + std::min(kPacketPayload, max_bytes - have + 1));
    FASTNESS_ASSIGN_OR_RETURN(Packet packet,
                              receive_packet(number(), std::span(message.bytes).subspan(have)));
    message.bytes.resize(have + packet.size);
    if (message.bytes.size() > max_bytes) {
      return fail(Errc::corrupted, "a message is longer than permitted");
    }
    std::ranges::move(packet.descriptors, std::back_inserter(message.descriptors));
    if (message.descriptors.size() > kMaxDescriptors) {
      return fail(Errc::corrupted, "a message carries too many descriptors");
    }
    if (packet.more == More::last) return message;
    if (packet.size == 0) return fail(Errc::corrupted, "an empty packet announces another");
  }
}

Result<void> SeqpacketSocket::set_deadline(std::chrono::milliseconds deadline) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(deadline);
  const auto rest = std::chrono::microseconds(deadline - seconds);
  const timeval value{seconds.count(), rest.count()};
  FASTNESS_RETURN_IF_ERROR(set_timeout(number(), SO_RCVTIMEO, value));
  return set_timeout(number(), SO_SNDTIMEO, value);
}

bool SeqpacketSocket::is_readable_within(std::chrono::milliseconds longest) const {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  constexpr milliseconds kLongestPoll{3'600'000};
  const bool is_for_ever = longest == milliseconds::max();
  const auto until = steady_clock::now() + std::min(longest, kLongestPoll);
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    pollfd readable{number(), POLLIN, 0};
    const auto wait = is_for_ever ? -1 : static_cast<int>(std::max(left, milliseconds(0)).count());
    const int count = ::poll(&readable, 1, wait);
    if (count >= 0 || errno != EINTR) return count > 0;
  }
}

Result<PeerCredentials> SeqpacketSocket::peer() const {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(number(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return fail_with_errno("ask who the peer is");
  }
  return PeerCredentials{credentials.pid, credentials.uid, credentials.gid};
}

void SeqpacketSocket::shut_down() const noexcept {
  ::shutdown(number(), SHUT_RDWR);
}

}  // namespace fastness::os
