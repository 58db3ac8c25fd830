#include "os/seqpacket_socket.h"

#include <algorithm>
#include <array>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fastness::os {
namespace {

std::pair<SeqpacketSocket, SeqpacketSocket> connected() {
  return std::move(SeqpacketSocket::make_pair()).value();
}

Descriptor pipe_with(std::string_view text) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ::close(ends[1]);
  return Descriptor(ends[0]);
}

TEST(SeqpacketSocket, KeepsMessageBoundaries) {
  const auto [a, b] = connected();

  ASSERT_TRUE(a.send(as_bytes("one")));
  ASSERT_TRUE(a.send({}));
  ASSERT_TRUE(a.send(as_bytes("three")));

  EXPECT_EQ(as_text(b.receive()->bytes), "one");
  EXPECT_TRUE(b.receive()->bytes.empty());
  EXPECT_EQ(as_text(b.receive()->bytes), "three");
}

TEST(SeqpacketSocket, CarriesTheLargestMessageAndRefusesOneByteMore) {
  const auto [a, b] = connected();
  Bytes largest(SeqpacketSocket::kMaxMessage);
  for (std::size_t i = 0; i < largest.size(); ++i) largest[i] = static_cast<std::uint8_t>(i >> 7U);

  std::thread sender([&a = a, &largest] { EXPECT_TRUE(a.send(largest)); });
  const auto received = b.receive();
  sender.join();

  ASSERT_TRUE(received);
  EXPECT_TRUE(received->bytes == largest);
  largest.push_back(0);
  EXPECT_EQ(a.send(largest).error().code, Errc::invalid_argument);
}

TEST(SeqpacketSocket, ReceivesAtTheReadersLimitAndRefusesOnePast) {
  const std::size_t limits[] = {0, 1, 100, 65535, 65536, 65537, 131072};
  for (const std::size_t limit : limits) {
    SCOPED_TRACE(limit);
    auto [a, b] = connected();
    std::thread sender([&a = a, limit] {
      EXPECT_TRUE(a.send(Bytes(limit)));
      // May find the reader gone already: it hangs up on a message this long.
      static_cast<void>(a.send(Bytes(limit + 1)));
    });

    const auto at_limit = b.receive(limit);
    EXPECT_TRUE(at_limit);
    EXPECT_EQ(at_limit ? at_limit->bytes.size() : 0, limit);
    EXPECT_EQ(b.receive(limit).error().code, Errc::corrupted);
    b.shut_down();
    sender.join();
  }
}

TEST(SeqpacketSocket, HandsOverDescriptorsCloseOnExec) {
  const auto [a, b] = connected();
  const Descriptor pipe = pipe_with("through the pipe");
  const std::array<int, 1> attached{pipe.number()};

  ASSERT_TRUE(a.send(as_bytes("here"), attached));
  const auto received = b.receive();

  ASSERT_TRUE(received);
  ASSERT_EQ(received->descriptors.size(), 1U);
  const int number = received->descriptors[0].number();
  EXPECT_EQ(::fcntl(number, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  std::array<char, 64> text{};
  EXPECT_EQ(::read(number, text.data(), text.size()), 16);
}

// A peer that runs amok must not fill our descriptor table.
TEST(SeqpacketSocket, RefusesTooManyDescriptorsAndLeaksNone) {
  const auto [a, b] = connected();
  const Descriptor pipe = pipe_with("x");
  std::array<int, SeqpacketSocket::kMaxDescriptors + 1> attached{};
  attached.fill(pipe.number());
  EXPECT_EQ(a.send(as_bytes("x"), attached).error().code, Errc::invalid_argument);

  // By hand, past our own check.
  std::uint8_t marker = 0;
  iovec part{&marker, 1};
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof attached)> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof attached);
  std::copy_n(attached.begin(), attached.size(), reinterpret_cast<int*>(CMSG_DATA(rights)));
  const int next_free = ::dup(0);
  ::close(next_free);
  ASSERT_EQ(::sendmsg(a.number(), &header, 0), 1);

  EXPECT_EQ(b.receive().error().code, Errc::corrupted);
  const int still_free = ::dup(0);
  ::close(still_free);
  EXPECT_EQ(still_free, next_free);
}

TEST(SeqpacketSocket, RefusesWhatItsOwnSendWouldNotMake) {
  const std::array<std::uint8_t, 2> unknown_marker{2, 'x'};
  const std::array<std::uint8_t, 1> empty_but_more{1};
  for (const ByteView raw : {ByteView(unknown_marker), ByteView(empty_but_more)}) {
    const auto [a, b] = connected();
    ASSERT_GT(::send(a.number(), raw.data(), raw.size(), 0), 0);

    EXPECT_EQ(b.receive().error().code, Errc::corrupted);
  }
}

TEST(SeqpacketSocket, SaysWhenTheOtherEndIsGone) {
  auto [a, b] = connected();
  { const SeqpacketSocket gone = std::move(a); }

  EXPECT_EQ(b.receive().error().code, Errc::unavailable);
  EXPECT_EQ(b.send(as_bytes("x")).error().code, Errc::unavailable);
}

TEST(SeqpacketSocket, GivesUpAtItsDeadline) {
  const auto [a, b] = connected();
  ASSERT_TRUE(b.set_deadline(std::chrono::milliseconds(1)));

  EXPECT_EQ(b.receive().error().code, Errc::unavailable);
}

TEST(SeqpacketSocket, KnowsItsPeer) {
  const auto [a, b] = connected();
  const auto peer = a.peer();

  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->process, ::getpid());
  EXPECT_EQ(peer->user, ::getuid());
}

TEST(SeqpacketSocket, AdoptsNothingElse) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Descriptor other(ends[1]);

  EXPECT_EQ(SeqpacketSocket::adopt(Descriptor(ends[0])).error().code, Errc::invalid_argument);
  EXPECT_EQ(SeqpacketSocket::adopt(pipe_with("x")).error().code, Errc::invalid_argument);
  EXPECT_EQ(SeqpacketSocket::adopt(Descriptor()).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace fastness::os
