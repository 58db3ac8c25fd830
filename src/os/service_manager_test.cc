#include "os/service_manager.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace fastness::os {
namespace {

// What systemd does on its side: a datagram socket with a name.
Descriptor listening_at(const std::string& name) {
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  std::memcpy(place.sun_path, name.data(), name.size());
  if (name.front() == '@') place.sun_path[0] = '\0';
  const std::size_t size =
      offsetof(sockaddr_un, sun_path) + name.size() + (name.front() == '/' ? 1 : 0);
  Descriptor made(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  EXPECT_EQ(::bind(made.number(), reinterpret_cast<const sockaddr*>(&place),
                   static_cast<socklen_t>(size)),
            0);
  return made;
}

std::string heard_by(const Descriptor& listener) {
  std::array<char, 256> text{};
  const ssize_t size = ::recv(listener.number(), text.data(), text.size(), 0);
  return size < 0 ? "nothing" : std::string(text.data(), static_cast<std::size_t>(size));
}

class ServiceManagerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "fastness-notify-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(ServiceManagerTest, IsToldUnderAPathAndUnderAName) {
  for (const std::string& address : {folder_ + "/socket", "@" + folder_}) {
    SCOPED_TRACE(address);
    const Descriptor listener = listening_at(address);

    const auto manager = ServiceManager::connect(address);
    ASSERT_TRUE(manager);
    ASSERT_TRUE(manager->tell("READY=1"));

    EXPECT_EQ(heard_by(listener), "READY=1");
    EXPECT_EQ(heard_by(listener), "nothing");
  }
}

TEST_F(ServiceManagerTest, WithoutOneNobodyIsToldAndNothingFails) {
  const auto manager = ServiceManager::connect("");

  ASSERT_TRUE(manager);
  EXPECT_TRUE(manager->tell("READY=1"));
}

TEST_F(ServiceManagerTest, RefusesWhatIsNoAddress) {
  for (const std::string& address :
       {std::string("/"), std::string("@"), std::string("relative/path"),
        std::string("vsock:2:1234"), "/" + std::string(200, 'a')}) {
    SCOPED_TRACE(address);
    const auto manager = ServiceManager::connect(address);
    ASSERT_FALSE(manager);
    EXPECT_EQ(manager.error().code, Errc::invalid_argument);
  }
}

TEST_F(ServiceManagerTest, OneThatIsGoneIsAnErrorAndNoSignal) {
  EXPECT_FALSE(ServiceManager::connect(folder_ + "/nobody"));
  Descriptor listener = listening_at(folder_ + "/socket");
  const auto manager = ServiceManager::connect(folder_ + "/socket");
  ASSERT_TRUE(manager);

  listener.close();

  EXPECT_FALSE(manager->tell("READY=1"));
}

TEST_F(ServiceManagerTest, OneThatDoesNotReadIsNotWaitedFor) {
  const Descriptor listener = listening_at(folder_ + "/socket");
  const auto manager = ServiceManager::connect(folder_ + "/socket");
  ASSERT_TRUE(manager);

  bool was_taken = true;
  for (int i = 0; i < 100'000 && was_taken; ++i) {
    was_taken = manager->tell("READY=1").has_value();
  }

  EXPECT_FALSE(was_taken);
}

}  // namespace
}  // namespace fastness::os
