#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/retained/retained_readings.h"
#include "gateway/retained/retained_under_way.h"

namespace fastness::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kNobody = mqtt::RetainedStore::kNobody;
const OrganisationId kGarden(Uuid(Uuid::Bytes{1}));
const OrganisationId kOther(Uuid(Uuid::Bytes{2}));

mqtt::MessagePtr message(const std::string& topic, std::uint64_t number,
                         std::optional<Timestamp> expires = std::nullopt) {
  return std::make_shared<mqtt::Message>(mqtt::Message{topic, {1}, {}, {}, true, expires, number});
}
mqtt::MessagePtr removal(const std::string& topic, std::uint64_t number) {
  return std::make_shared<mqtt::Message>(mqtt::Message{topic, {}, {}, {}, true, {}, number});
}

std::vector<std::uint64_t> rest(RetainedReading& reading, const mqtt::RetainedStore& store,
                                Timestamp now = {}) {
  std::vector<std::uint64_t> numbers;
  while (const auto next = reading.next(store, now)) {
    numbers.push_back(next->number);
    reading.pop();
  }
  return numbers;
}

TEST(RetainedReading, ReadsWhatMatchesUpToWhereTheSubscriptionBegan) {
  mqtt::RetainedStore store({});
  for (const std::uint64_t number : {3U, 1U, 2U, 5U}) {
    store.set(message("t/" + std::to_string(number), number), kNobody);
  }
  store.set(message("u", 4), kNobody);
  RetainedReading reading("t/#", 0, 4);
  EXPECT_EQ(reading.next(store, {})->number, 1U);
  EXPECT_EQ(reading.next(store, {})->number, 1U) << "it is the next one until it is taken";
  EXPECT_THAT(rest(reading, store), ElementsAre(1, 2, 3));
  EXPECT_EQ(reading.after(), 3U);
  EXPECT_EQ(reading.next(store, {}), nullptr);
}

TEST(RetainedReading, GoesOnWhereAnotherWas) {
  mqtt::RetainedStore store({});
  for (std::uint64_t number = 1; number <= 5; ++number) {
    store.set(message("t/" + std::to_string(number), number), kNobody);
  }
  RetainedReading first("t/#", 0, 4);
  ASSERT_TRUE(first.next(store, {}));
  first.pop();
  RetainedReading second(first.subscription(), first.after(), first.until());
  EXPECT_THAT(rest(second, store), ElementsAre(2, 3, 4));
  EXPECT_THAT(rest(first, store), ElementsAre(2, 3, 4)) << "they do not share anything";
}

TEST(RetainedReading, PassesOverWhatIsReplacedOrRemovedBeforeItsTurn) {
  mqtt::RetainedStore store({});
  for (const char* topic : {"t/a", "t/b", "t/c", "t/d"}) {
    store.set(message(topic, static_cast<std::uint64_t>(topic[2])), kNobody);
  }
  RetainedReading reading("t/+", 0, 200);
  ASSERT_EQ(reading.next(store, {})->topic, "t/a");
  store.set(message("t/b", 201), kNobody);
  store.set(removal("t/c", 202), kNobody);
  store.set(message("t/e", 203), kNobody);
  EXPECT_THAT(rest(reading, store), ElementsAre('a', 'd'));
}

TEST(RetainedReading, PassesOverWhatExpiresBeforeItsTurn) {
  mqtt::RetainedStore store({});
  const Timestamp end{std::chrono::seconds{10}};
  store.set(message("t/1", 1), kNobody);
  store.set(message("t/2", 2, end), kNobody);
  store.set(message("t/3", 3), kNobody);
  RetainedReading reading("t/#", 0, 9);
  ASSERT_EQ(reading.next(store, {})->number, 1U);
  reading.pop();
  ASSERT_EQ(reading.next(store, {})->number, 2U);
  EXPECT_THAT(rest(reading, store, end), ElementsAre(3));
}

// More than it looks up together, and then some come and go.
TEST(RetainedReading, ReadsAnyNumber) {
  constexpr std::uint64_t kMany = 10'000;
  mqtt::RetainedStore store({});
  for (std::uint64_t number = 1; number <= kMany; ++number) {
    store.set(message("t/" + std::to_string(number), number), kNobody);
  }
  RetainedReading reading("t/#", 0, kMany);
  std::vector<std::uint64_t> expected;
  for (std::uint64_t number = 1; number <= kMany; ++number) {
    if (number != 9'000) expected.push_back(number);
  }
  ASSERT_TRUE(reading.next(store, {}));
  store.set(removal("t/9000", kMany + 1), kNobody);
  EXPECT_EQ(rest(reading, store), expected);
}

TEST(RetainedReading, OfAnEmptyStoreIsOverAtOnce) {
  mqtt::RetainedStore store({});
  RetainedReading reading("#", 0, 9);
  EXPECT_THAT(rest(reading, store), IsEmpty());
}

TEST(RetainedReadings, HoldOneOfEachSubscription) {
  RetainedReadings readings;
  readings.begin({"a", 0, 9});
  readings.begin({"b", 0, 9});
  readings.begin({"a", 0, 12});
  ASSERT_EQ(readings.all().size(), 2U);
  EXPECT_EQ(readings.front().subscription(), "b");
  EXPECT_EQ(readings.find("a")->until(), 12U);
  readings.outlive_connection();
  EXPECT_TRUE(readings.find("a")->has_outlived_connection());
  readings.begin({"b", 0, 12});
  EXPECT_FALSE(readings.find("b")->has_outlived_connection());
  readings.end("a");
  readings.end("never/there");
  EXPECT_EQ(readings.find("a"), nullptr);
  EXPECT_FALSE(readings.is_empty());
  readings.end("b");
  EXPECT_TRUE(readings.is_empty());
}

TEST(RetainedUnderWay, KnowsWhatWaitsAndWhatWasPassedOn) {
  RetainedUnderWay under_way;
  const auto first = message("t", 5);
  const auto second = message("t", 6);
  const auto third = message("u", 7);
  EXPECT_EQ(under_way.first(), std::nullopt);
  under_way.begin(kGarden, *first, {true, false});
  under_way.begin(kGarden, *second, {true, true});
  under_way.begin(kGarden, *third, {false, false});
  EXPECT_TRUE(under_way.waits(kGarden, "t"));
  EXPECT_FALSE(under_way.waits(kOther, "t"));
  EXPECT_FALSE(under_way.waits(kGarden, "u"));
  EXPECT_EQ(under_way.passed_on(kGarden, "t"), 6U);
  EXPECT_EQ(under_way.passed_on(kOther, "t"), 0U);
  EXPECT_EQ(under_way.passed_on(kGarden, "u"), 0U);
  EXPECT_EQ(under_way.first(), 5U);

  under_way.end(kGarden, *first, {true, false});
  EXPECT_TRUE(under_way.waits(kGarden, "t"));
  EXPECT_EQ(under_way.first(), 6U);
  under_way.end(kGarden, *second, {true, true});
  EXPECT_FALSE(under_way.waits(kGarden, "t"));
  EXPECT_EQ(under_way.passed_on(kGarden, "t"), 0U);
  under_way.end(kGarden, *third, {false, false});
  EXPECT_EQ(under_way.first(), std::nullopt);
}

}  // namespace
}  // namespace fastness::gateway
