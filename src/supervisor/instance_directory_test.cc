#include "supervisor/instance_directory.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace fastness::supervisor {
namespace {

namespace fs = std::filesystem;

class InstanceFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fastness-instance-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = pattern + "/data";
  }
  void TearDown() override { fs::remove_all(fs::path(path_).parent_path()); }

  std::string path_;
};

TEST_F(InstanceFolder, HasAPrivateFolderForEach) {
  const auto directory = InstanceDirectory::open(path_, std::nullopt);
  ASSERT_TRUE(directory) << directory.error().message;

  for (const char* name : {"", "vault", "hub", "run", "trust", "admin"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(fs::status(path_ + "/" + name).permissions() & fs::perms::mask, fs::perms(0700));
  }
  EXPECT_EQ(fs::read_symlink(setup_link_path(path_)), "hub/setup-link");
}

TEST_F(InstanceFolder, IsForOneInstanceAtATimeAndOpensAgainAfterwards) {
  {
    const auto first = InstanceDirectory::open(path_, std::nullopt);
    ASSERT_TRUE(first);
    const auto second = InstanceDirectory::open(path_, std::nullopt);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::already_exists);
    EXPECT_NE(second.error().message.find("already running"), std::string::npos);
  }
  EXPECT_TRUE(InstanceDirectory::open(path_, std::nullopt));
}

TEST_F(InstanceFolder, GivesFoldersToTheChildrensUsers) {
  if (!os::is_root()) GTEST_SKIP() << "only root can";
  const config::ChildUsers users{{"vault", 54321, 54321}, {"hub", 54322, 54322}};
  for (int start = 0; start < 2; ++start) {
    const auto directory = InstanceDirectory::open(path_, users);
    ASSERT_TRUE(directory) << directory.error().message;

    struct stat status {};
    ASSERT_EQ(::stat((path_ + "/vault").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 54321U);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    ASSERT_EQ(::stat((path_ + "/admin").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 54322U);
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0711U);
  }
}

TEST_F(InstanceFolder, WhoeverComesSecondLeavesTheChildrenTheirWay) {
  if (!os::is_root()) GTEST_SKIP() << "only root can";
  const config::ChildUsers users{{"vault", 54321, 54321}, {"hub", 54322, 54322}};
  const auto running = InstanceDirectory::open(path_, users);
  ASSERT_TRUE(running) << running.error().message;

  EXPECT_EQ(InstanceDirectory::open(path_, users).error().code, Errc::already_exists);

  EXPECT_EQ(fs::status(path_).permissions() & fs::perms::mask, fs::perms(0711));
}

TEST_F(InstanceFolder, RefusesADirectoryThatOthersCanEnter) {
  fs::create_directory(path_);
  fs::permissions(path_, fs::perms(0755));
  EXPECT_EQ(InstanceDirectory::open(path_, std::nullopt).error().code, Errc::permission_denied);
}

}  // namespace
}  // namespace fastness::supervisor
