#include "os/files/file_system.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/testing/faulty_file_system.h"

namespace fastness::os {
namespace {

using testing::FaultyFileSystem;

class PosixFiles : public ::testing::Test {
 protected:
  PosixFiles() {
    std::string name = std::filesystem::temp_directory_path() / "fastness-files-XXXXXX";
    directory_ = ::mkdtemp(name.data());
  }
  ~PosixFiles() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
  PosixFileSystem files_;
};

TEST_F(PosixFiles, ReadBackWhatWasWritten) {
  auto file = files_.open(directory_ / "a", OpenMode::create_new).value();
  ASSERT_TRUE(file->write_at(3, as_bytes("abc")));
  ASSERT_TRUE(file->sync_data());

  Bytes bytes(10);
  EXPECT_EQ(*file->read_at(0, bytes), 6U);
  EXPECT_EQ(as_text(ByteView(bytes).subspan(3, 3)), "abc");
  EXPECT_EQ(*file->size(), 6U);
  EXPECT_EQ(*file->read_at(6, bytes), 0U);
  ASSERT_TRUE(file->preallocate(100));
  ASSERT_TRUE(file->preallocate(50));
  EXPECT_EQ(*file->size(), 100U);
  ASSERT_TRUE(file->truncate(4));
  EXPECT_EQ(*file->size(), 4U);
}

TEST_F(PosixFiles, AreTheirOwnersOnlyAndNotInherited) {
  ASSERT_TRUE(files_.create_directory(directory_ / "d"));
  ASSERT_TRUE(files_.create_directory(directory_ / "d"));
  const int before = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  auto file = files_.open(directory_ / "d/a", OpenMode::create_new).value();

  struct stat status {};
  ASSERT_EQ(::stat((directory_ / "d/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((directory_ / "d").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  EXPECT_NE(::fcntl(before + 1, F_GETFD) & FD_CLOEXEC, 0);
  ::close(before);
}

TEST_F(PosixFiles, HaveTheirOwnErrors) {
  ASSERT_TRUE(files_.open(directory_ / "a", OpenMode::create_new));
  std::filesystem::create_symlink(directory_ / "a", directory_ / "link");

  EXPECT_EQ(files_.open(directory_ / "a", OpenMode::create_new).error().code, Errc::already_exists);
  EXPECT_EQ(files_.open(directory_ / "b", OpenMode::read).error().code, Errc::not_found);
  EXPECT_FALSE(files_.open(directory_ / "link", OpenMode::read_write));
  EXPECT_EQ(files_.remove(directory_ / "b").error().code, Errc::not_found);
  EXPECT_EQ(files_.list(directory_ / "none").error().code, Errc::not_found);
  EXPECT_EQ(
      files_.open("/dev/full", OpenMode::read_write).value()->write_at(0, Bytes(1)).error().code,
      Errc::exhausted);
}

TEST_F(PosixFiles, AreListedRenamedAndReplaced) {
  ASSERT_TRUE(replace_file(files_, directory_ / "b", as_bytes("one")));
  ASSERT_TRUE(replace_file(files_, directory_ / "b", as_bytes("two")));
  ASSERT_TRUE(replace_file(files_, directory_ / "a", as_bytes("three")));
  ASSERT_TRUE(files_.rename(directory_ / "b", directory_ / "c"));
  ASSERT_TRUE(files_.sync_directory(directory_));

  EXPECT_EQ(*files_.list(directory_), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(as_text(*read_file(files_, directory_ / "c", 3)), "two");
  EXPECT_EQ(read_file(files_, directory_ / "c", 2).error().code, Errc::exhausted);
}

TEST(ReplaceFile, ShowsTheOldOrTheNewContentsAfterAPowerCutAtAnyCall) {
  const Bytes old_contents(2'000, 1);
  const Bytes new_contents(3'000, 2);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (std::uint64_t call = 1;; ++call) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " call " + std::to_string(call));
      FaultyFileSystem disk(seed);
      ASSERT_TRUE(replace_file(disk, "/d/f", old_contents));
      disk.cut_power_at(disk.calls() + call);

      const bool replaced = replace_file(disk, "/d/f", new_contents).has_value();
      const bool cut = disk.is_off();
      disk.restore_power();

      const auto found = read_file(disk, "/d/f", 1U << 20U);
      ASSERT_TRUE(found);
      EXPECT_TRUE(*found == new_contents || (!replaced && *found == old_contents));
      if (!cut) break;
    }
  }
}

TEST(FaultyFileSystem, LosesWhatWasNotSyncedInSomeRuns) {
  int names_lost = 0;
  int data_lost = 0;
  int data_torn = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FaultyFileSystem disk(seed);
    auto file = disk.open("/d/f", OpenMode::create_new).value();
    ASSERT_TRUE(file->write_at(0, Bytes(2'000, 1)));
    disk.cut_power();
    EXPECT_FALSE(file->write_at(0, Bytes(1)));
    disk.restore_power();
    EXPECT_FALSE(file->size());

    const auto found = read_file(disk, "/d/f", 1U << 20U);
    names_lost += found ? 0 : 1;
    data_lost += found && found->empty() ? 1 : 0;
    data_torn += found && !found->empty() && *found != Bytes(2'000, 1) ? 1 : 0;
  }

  EXPECT_GT(names_lost, 0);
  EXPECT_GT(data_lost, 0);
  EXPECT_GT(data_torn, 0);
}

TEST(FaultyFileSystem, FailsTheCallItWasToldTo) {
  FaultyFileSystem disk(1);
  auto file = disk.open("/d/f", OpenMode::create_new).value();
  disk.fail_call(disk.calls() + 2, Errc::exhausted);

  EXPECT_TRUE(file->write_at(0, Bytes(1)));
  EXPECT_EQ(file->write_at(0, Bytes(1)).error().code, Errc::exhausted);
  EXPECT_TRUE(file->write_at(0, Bytes(1)));
}

TEST(FaultyFileSystem, IsFullAtItsCapacity) {
  FaultyFileSystem disk(1);
  disk.set_capacity(1'000);
  auto file = disk.open("/d/f", OpenMode::create_new).value();

  EXPECT_TRUE(file->preallocate(1'000));
  EXPECT_TRUE(file->write_at(0, Bytes(1'000)));
  EXPECT_EQ(file->write_at(1, Bytes(1'000)).error().code, Errc::exhausted);
  disk.set_capacity(2'000);
  EXPECT_TRUE(file->write_at(1, Bytes(1'000)));
}

TEST_F(PosixFiles, AreReadUpToTheReadersLimitAndNotAByteMore) {
  const auto path = directory_ / "file";
  ASSERT_TRUE(replace_file(files_, path, Bytes(100)));

  EXPECT_EQ(read_file(files_, path, 100)->size(), 100U);
  const auto refused = read_file(files_, path, 99);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::exhausted);
  EXPECT_EQ(refused.error().message, path.string() + " is larger than 99 bytes");
}

}  // namespace
}  // namespace fastness::os
