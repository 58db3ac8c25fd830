#include "os/files/disk_space.h"

#include <gtest/gtest.h>

namespace fastness::os {
namespace {

TEST(DiskSpace, IsThatOfTheFileSystemThatHoldsThePath) {
  const auto found = disk_space(::testing::TempDir());

  ASSERT_TRUE(found) << found.error().message;
  EXPECT_GT(found->bytes, 0U);
  EXPECT_LE(found->free_bytes, found->bytes);
}

TEST(DiskSpace, OfWhatIsNotThereIsNotKnown) {
  EXPECT_EQ(disk_space("/nonexistent/folder").error().code, Errc::not_found);
}

}  // namespace
}  // namespace fastness::os
