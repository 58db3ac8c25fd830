#include "base/published.h"

#include <thread>

#include <gtest/gtest.h>

namespace fastness {
namespace {

struct Pair {
  int left;
  int right;
};

TEST(Published, GivesWhatWasStoredLast) {
  Published<int> published(std::make_shared<const int>(1));
  Published<int>::Reader reader(published);
  EXPECT_EQ(reader.current(), 1);

  published.store(std::make_shared<const int>(2));

  EXPECT_EQ(*published.load(), 2);
  EXPECT_EQ(reader.current(), 2);
}

TEST(Published, KeepsAnOldSnapshotAliveForWhoHoldsIt) {
  Published<int> published(std::make_shared<const int>(1));
  Published<int>::Reader reader(published);
  const std::shared_ptr<const int> old = reader.share();

  published.store(std::make_shared<const int>(2));

  EXPECT_EQ(*old, 1);
}

TEST(Published, NeverShowsHalfOfAChangeToAnotherThread) {
  Published<Pair> published(std::make_shared<const Pair>(Pair{0, 0}));
  std::thread writer([&published] {
    for (int i = 1; i <= 2'000; ++i) published.store(std::make_shared<const Pair>(Pair{i, i}));
  });

  Published<Pair>::Reader reader(published);
  int last = 0;
  while (last < 2'000) {
    const Pair& seen = reader.current();
    ASSERT_EQ(seen.left, seen.right);
    ASSERT_GE(seen.left, last);
    last = seen.left;
  }
  writer.join();
}

}  // namespace
}  // namespace fastness
