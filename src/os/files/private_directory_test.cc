#include "os/files/private_directory.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace fastness::os {
namespace {

namespace fs = std::filesystem;

class PrivateDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fastness-private-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = pattern + "/data";
  }
  void TearDown() override { fs::remove_all(fs::path(path_).parent_path()); }

  std::string path_;
};

TEST_F(PrivateDirectory, IsMadeForItsOwnerAlone) {
  ASSERT_TRUE(make_private_directory(path_));
  ASSERT_TRUE(make_private_directory(path_)) << "the second time is no error";

  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(PrivateDirectory, RefusesWhatOthersCanEnterAndSaysWhatToDo) {
  fs::create_directory(path_);
  fs::permissions(path_, fs::perms(0750));

  const auto made = make_private_directory(path_);

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::permission_denied);
  EXPECT_NE(made.error().message.find("chmod 700 " + path_), std::string::npos);
}

TEST_F(PrivateDirectory, RefusesAFileAndAMissingParent) {
  std::ofstream(path_) << "x";
  EXPECT_FALSE(make_private_directory(path_));
  EXPECT_EQ(make_private_directory(path_ + "-no/data").error().code, Errc::not_found);
}

TEST_F(PrivateDirectory, LockIsForOneAtATime) {
  ASSERT_TRUE(make_private_directory(path_));
  {
    const auto first = DirectoryLock::take(path_);
    ASSERT_TRUE(first);
    EXPECT_EQ(DirectoryLock::take(path_).error().code, Errc::already_exists);
  }
  EXPECT_TRUE(DirectoryLock::take(path_));
}

}  // namespace
}  // namespace fastness::os
