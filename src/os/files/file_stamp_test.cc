#include "os/files/file_stamp.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace fastness::os {
namespace {

TEST(FileStamp, ChangesWithTheFileAndNotOtherwise) {
  std::string directory = std::filesystem::temp_directory_path() / "fastness-stamp-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::string path = directory + "/file";
  const auto write = [&path](const std::string& text) { std::ofstream(path) << text; };
  EXPECT_EQ(FileStamp::of(path).error().code, Errc::not_found);

  write("a");
  const auto first = FileStamp::of(path);
  ASSERT_TRUE(first);
  EXPECT_EQ(FileStamp::of(path).value(), *first);
  write("longer");
  const auto longer = FileStamp::of(path);
  EXPECT_NE(longer.value(), *first);
  // Another file of the same size in its place.
  std::ofstream(path + ".new") << "LONGER";
  std::filesystem::rename(path + ".new", path);

  EXPECT_NE(FileStamp::of(path).value(), *longer);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace fastness::os
