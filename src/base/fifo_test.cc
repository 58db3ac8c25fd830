#include "base/fifo.h"

#include <deque>
#include <memory>
#include <random>

#include <gtest/gtest.h>

namespace fastness {
namespace {

TEST(Fifo, DoesWhatADequeDoes) {
  std::mt19937 random(7);
  Fifo<int> fifo;
  std::deque<int> deque;
  for (int i = 0; i < 20'000; ++i) {
    const auto dice = random() % 10;
    if (dice < 5 || deque.empty()) {
      fifo.push_back(i);
      deque.push_back(i);
    } else if (dice < 9) {
      ASSERT_EQ(fifo.front(), deque.front());
      fifo.pop_front();
      deque.pop_front();
    } else {
      const auto index = static_cast<std::ptrdiff_t>(random() % deque.size());
      fifo.erase(fifo.begin() + index);
      deque.erase(deque.begin() + index);
    }
    ASSERT_EQ(fifo.size(), deque.size());
    if (!deque.empty()) {
      ASSERT_EQ(fifo.back(), deque.back());
    }
  }
  EXPECT_TRUE(std::equal(fifo.begin(), fifo.end(), deque.begin(), deque.end()));
}

TEST(Fifo, LetsGoOfWhatIsPopped) {
  auto thing = std::make_shared<int>(1);
  Fifo<std::shared_ptr<int>> fifo;
  fifo.push_back(thing);
  fifo.push_back(nullptr);
  fifo.pop_front();
  EXPECT_EQ(thing.use_count(), 1);
}

TEST(Fifo, KeepsRoomForAFewIfItIsTo) {
  Fifo<int, 8> fifo;
  for (int i = 0; i < 3; ++i) fifo.push_back(i);
  const int* place = &fifo.front();
  while (!fifo.empty()) fifo.pop_front();

  fifo.push_back(7);

  EXPECT_EQ(&fifo.front(), place);
  EXPECT_EQ(fifo.size(), 1U);
  EXPECT_EQ(fifo.back(), 7);
}

TEST(Fifo, EraseSaysWhereToGoOn) {
  Fifo<int> fifo;
  for (int i = 0; i < 4; ++i) fifo.push_back(i);
  fifo.pop_front();
  EXPECT_EQ(*fifo.erase(fifo.begin()), 2);
  const auto behind_the_last = fifo.erase(fifo.begin() + 1);
  EXPECT_TRUE(behind_the_last == fifo.end());
  const auto behind_the_only = fifo.erase(fifo.begin());
  EXPECT_TRUE(behind_the_only == fifo.end());
  EXPECT_TRUE(fifo.empty());
}

}  // namespace
}  // namespace fastness
