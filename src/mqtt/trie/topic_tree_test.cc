#include <random>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mqtt/topic_name.h"
#include "mqtt/trie/retained_store.h"
#include "mqtt/trie/subscription_tree.h"

namespace fastness::mqtt {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

using Tree = SubscriptionTree<int, std::string>;

SharedSubscription subscription(std::string_view text) {
  return SharedSubscription::parse(text).value();
}

std::multiset<int> matches(Tree& tree, std::string_view topic) {
  std::multiset<int> found;
  tree.match(
      topic, [&](const Tree::Entry& entry) { found.insert(entry.subscriber); },
      [&](Tree::Group& group, Tree::Place) { found.insert(group.members.front().subscriber); });
  return found;
}

TEST(TopicName, RefusesWhatNoMessageMayBePublishedTo) {
  const std::string deep = [] {
    std::string text = "a";
    for (std::size_t i = 0; i < kMaxTopicLevels; ++i) text += "/a";
    return text;
  }();
  const std::string cases[] = {"",
                               "a/+",
                               "#",
                               "a/b#",
                               std::string("a\0", 2),
                               "a\nb",
                               "\xff",
                               std::string(TopicName::kMaxBytes + 1, 'a'),
                               deep};
  for (const auto& text : cases) {
    SCOPED_TRACE(text.substr(0, 20));
    EXPECT_FALSE(TopicName::parse(text));
  }
  EXPECT_TRUE(TopicName::parse(deep.substr(2)));  // at the limit
  EXPECT_TRUE(TopicName::parse(std::string(TopicName::kMaxBytes, 'a')));
  EXPECT_TRUE(TopicName::parse("/a/t/thing/e/o"));
}

TEST(SharedSubscription, SplitsGroupFromFilter) {
  const auto shared = subscription("$share/workers/a/+/b");
  EXPECT_EQ(shared.group(), "workers");
  EXPECT_EQ(shared.filter().text(), "a/+/b");

  const auto plain = subscription("a/#");
  EXPECT_FALSE(plain.is_shared());
}

TEST(SharedSubscription, RefusesWhatIsIncomplete) {
  for (const char* text : {"$share/", "$share/g", "$share//a", "$share/g/", "$share/g+/a",
                           "$share/#/a", "$share/g/a#", ""}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(SharedSubscription::parse(text));
  }
}

TEST(SubscriptionTree, ReplacesTheDetailsOfASubscription) {
  Tree tree;
  const Tree::Place place = tree.insert(subscription("a/b"), 1, "old");
  tree.replace(place, 1, "new");

  EXPECT_EQ(tree.size(), 1U);
  EXPECT_EQ(tree.details(place, 1), "new");
  tree.match(
      "a/b", [](const Tree::Entry& entry) { EXPECT_EQ(entry.details, "new"); },
      [](Tree::Group&, Tree::Place) {});
}

TEST(SubscriptionTree, ReportsEachOverlappingSubscription) {
  Tree tree;
  for (const char* filter : {"a/b", "a/+", "a/#", "#", "+/b", "b/#", "a/b/#", "a/b/c"}) {
    tree.insert(subscription(filter), 1, "");
  }
  EXPECT_EQ(matches(tree, "a/b").size(), 6U);
  EXPECT_EQ(matches(tree, "$SYS/b").size(), 0U);
}

TEST(SubscriptionTree, RemovesOnlyWhatIsNamed) {
  Tree tree;
  const std::vector ones = {tree.insert(subscription("a/+"), 1, ""),
                            tree.insert(subscription("$share/g/a/+"), 1, "")};
  tree.insert(subscription("a/+"), 2, "");

  EXPECT_EQ(tree.find(subscription("a/b"), ones), std::nullopt);
  EXPECT_EQ(tree.find(subscription("$share/h/a/+"), ones), std::nullopt);
  ASSERT_EQ(tree.find(subscription("a/+"), ones), ones[0]);
  ASSERT_EQ(tree.find(subscription("$share/g/a/+"), ones), ones[1]);
  EXPECT_EQ(tree.text(ones[0]), "a/+");
  EXPECT_EQ(tree.text(ones[1]), "$share/g/a/+");

  tree.remove(ones[0], 1);
  EXPECT_THAT(matches(tree, "a/b"), UnorderedElementsAre(1, 2));
  tree.remove(ones[1], 1);
  EXPECT_THAT(matches(tree, "a/b"), ElementsAre(2));
}

TEST(SubscriptionTree, RemembersATopicOnlyAsLongAsItsAnswerIsTrue) {
  Tree tree;
  const Tree::Place first = tree.insert(subscription("a/b"), 1, "");
  EXPECT_THAT(matches(tree, "a/b"), ElementsAre(1));
  const Tree::Place second = tree.insert(subscription("a/b"), 2, "");
  EXPECT_THAT(matches(tree, "a/b"), UnorderedElementsAre(1, 2));
  tree.insert(subscription("a/#"), 3, "");
  EXPECT_THAT(matches(tree, "a/b"), UnorderedElementsAre(1, 2, 3));
  tree.remove(first, 1);
  tree.remove(second, 2);
  EXPECT_THAT(matches(tree, "a/b"), ElementsAre(3));
  EXPECT_THAT(matches(tree, "a/b"), ElementsAre(3));
}

// More topics than it remembers, twice.
TEST(SubscriptionTree, AnswersManyTopics) {
  Tree tree;
  constexpr int kTopics = 20'000;
  for (int i = 0; i < kTopics; ++i) tree.insert(subscription("t/" + std::to_string(i)), i, "");
  for (int i = 0; i < 2 * kTopics; ++i) {
    ASSERT_THAT(matches(tree, "t/" + std::to_string(i % kTopics)), ElementsAre(i % kTopics));
  }
}

TEST(SubscriptionTree, AgreesWithTopicFilterOnRandomTopics) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto pick = [&](std::vector<std::string> levels) {
    std::string text = levels[random() % levels.size()];
    for (auto more = random() % 4; more != 0; --more)
      text += "/" + levels[random() % levels.size()];
    return text;
  };
  Tree tree;
  std::vector<std::string> filters;
  std::vector<Tree::Place> places;
  for (int i = 0; i < 300; ++i) {
    std::string filter = pick({"a", "b", "", "$x", "+"});
    if (random() % 3 == 0 || filter.empty()) filter += "/#";
    places.push_back(tree.insert(subscription(filter), i, ""));
    EXPECT_EQ(tree.text(places.back()), filter);
    filters.push_back(filter);
  }
  for (int i = 0; i < 300; i += 3) {
    tree.remove(places[static_cast<std::size_t>(i)], i);
    filters[static_cast<std::size_t>(i)].clear();
  }

  for (int i = 0; i < 500; ++i) {
    const std::string topic = pick({"a", "b", "", "$x"});
    if (topic.empty()) continue;
    SCOPED_TRACE(topic);
    std::multiset<int> expected;
    for (std::size_t f = 0; f < filters.size(); ++f) {
      if (!filters[f].empty() && TopicFilter::parse(filters[f]).value().matches(topic)) {
        expected.insert(static_cast<int>(f));
      }
    }
    EXPECT_EQ(matches(tree, topic), expected);
  }
}

MessagePtr message(std::string topic, std::string_view payload) {
  return std::make_shared<Message>(
      Message{std::move(topic), to_bytes(as_bytes(payload)), {}, {}, true, {}, 0});
}

constexpr auto kNobody = RetainedStore::kNobody;

std::vector<std::string> topics(const RetainedStore& store, std::string_view filter,
                                Timestamp now = Timestamp{}) {
  std::vector<std::string> found;
  for (const auto& place : store.match(TopicFilter::parse(filter).value(), {}, now)) {
    found.push_back(store.get(place)->topic);
  }
  return found;
}

TEST(RetainedStore, AnswersFiltersAsTopicFilterDoes) {
  RetainedStore store({});
  const std::vector<std::string> all = {"a", "a/", "a/b", "a/b/c", "/a", "$SYS/a", "b//c", "b"};
  for (const auto& topic : all) store.set(message(topic, "x"), kNobody);

  for (const char* filter : {"#", "+", "a/#", "a/+", "+/b", "+/+", "$SYS/#", "b/+/c", "/+", "a",
                             "a/b/c/#", "+/b/#", "c"}) {
    SCOPED_TRACE(filter);
    std::vector<std::string> expected;
    for (const auto& topic : all) {
      if (TopicFilter::parse(filter).value().matches(topic)) expected.push_back(topic);
    }
    EXPECT_THAT(topics(store, filter), ::testing::UnorderedElementsAreArray(expected));
  }
}

TEST(RetainedStore, AnEmptyPayloadRemoves) {
  RetainedStore store({});
  store.set(message("a/b", "x"), kNobody);

  EXPECT_EQ(store.set(message("a/b", ""), kNobody), RetainedStore::Kept::removed);
  EXPECT_EQ(store.set(message("never/there", ""), kNobody), RetainedStore::Kept::removed);

  EXPECT_EQ(store.size(), 0U);
  EXPECT_EQ(store.bytes(), 0U);
  EXPECT_THAT(topics(store, "#"), IsEmpty());
}

TEST(RetainedStore, RefusesPastItsLimitsAndKeepsWhatItHas) {
  RetainedStore store({.max_messages = 2});
  EXPECT_EQ(store.set(message("a", "1"), kNobody), RetainedStore::Kept::kept);
  EXPECT_EQ(store.set(message("b", "1"), kNobody), RetainedStore::Kept::kept);
  EXPECT_EQ(store.set(message("c", "1"), kNobody), RetainedStore::Kept::refused);
  EXPECT_EQ(store.set(message("b", "2"), kNobody), RetainedStore::Kept::kept);
  EXPECT_THAT(topics(store, "#"), UnorderedElementsAre("a", "b"));

  RetainedStore small({.max_messages = 9, .max_bytes = message("a", "1")->bytes()});
  EXPECT_EQ(small.set(message("a", "1"), kNobody), RetainedStore::Kept::kept);
  EXPECT_EQ(small.set(message("a", "12"), kNobody), RetainedStore::Kept::refused);
  EXPECT_EQ(small.set(message("a", "2"), kNobody), RetainedStore::Kept::kept);
}

TEST(RetainedStore, HoldsEachOwnerToItsMessages) {
  constexpr RetainedStore::Owner kBoard = 1;
  constexpr RetainedStore::Owner kOther = 2;
  using Lack = RetainedStore::Lack;
  RetainedStore store({.max_messages_of_owner = 2});
  store.set(message("a", "1"), kBoard);
  store.set(message("b", "1"), kBoard);
  EXPECT_EQ(store.lack_for(*message("c", "1"), kBoard), Lack::messages_of_owner);
  EXPECT_EQ(store.set(message("c", "1"), kBoard), RetainedStore::Kept::refused);
  EXPECT_EQ(store.set(message("b", "2"), kBoard), RetainedStore::Kept::kept) << "its own anew";
  EXPECT_EQ(store.set(message("c", "1"), kOther), RetainedStore::Kept::kept);
  EXPECT_EQ(store.set(message("c", "2"), kBoard), RetainedStore::Kept::refused) << "another's";
  for (const char* topic : {"x", "y", "z"}) {
    EXPECT_EQ(store.set(message(topic, "1"), kNobody), RetainedStore::Kept::kept);
  }

  store.set(message("a", "3"), kOther);
  EXPECT_EQ(store.size_of(kBoard), 1U) << "it is the other's now";
  EXPECT_EQ(store.size_of(kOther), 2U);
  store.set(message("b", ""), kOther);
  EXPECT_EQ(store.size_of(kBoard), 0U) << "whoever cleared it";
  EXPECT_EQ(store.size_of(kOther), 2U);
  EXPECT_EQ(store.lack_for(*message("c", "1"), kBoard), Lack::none);
  EXPECT_EQ(store.lack_for(*message("d", ""), kOther), Lack::none) << "to clear needs no room";
}

TEST(RetainedStore, WhatWasKeptStaysWhenALimitIsLowered) {
  RetainedStore store({.max_messages = 1, .max_bytes = 1, .max_messages_of_owner = 1});
  for (const char* topic : {"a", "b"}) store.put_back(message(topic, "1"), 1);
  EXPECT_EQ(store.size(), 2U);
  EXPECT_EQ(store.size_of(1), 2U);
  EXPECT_EQ(store.set(message("c", "1"), 2), RetainedStore::Kept::refused);
}

TEST(RetainedStore, GivesARangeInTheOrderOfNumbers) {
  RetainedStore store({});
  for (const std::uint64_t number : {40U, 10U, 30U, 50U, 20U}) {
    const std::string topic = "t/" + std::to_string(number);
    store.set(std::make_shared<Message>(Message{topic, {1}, {}, {}, true, {}, number}), kNobody);
  }
  const TopicFilter all = TopicFilter::parse("t/#").value();
  const auto numbers = [&](const RetainedStore::Range& range) {
    std::vector<std::uint64_t> found;
    for (const auto& place : store.match(all, range, {})) found.push_back(place.number);
    return found;
  };
  EXPECT_THAT(numbers({}), ElementsAre(10, 20, 30, 40, 50));
  EXPECT_THAT(numbers({20, 40}), ElementsAre(20, 30, 40));
  EXPECT_THAT(numbers({21, 39}), ElementsAre(30));
  EXPECT_THAT(numbers({0, UINT64_MAX, 1}), ElementsAre(10));
  EXPECT_THAT(numbers({11, UINT64_MAX, 2}), ElementsAre(20, 30));
  EXPECT_THAT(numbers({51}), IsEmpty());
}

TEST(RetainedStore, KnowsWhetherAMessageIsStillWhereItWas) {
  RetainedStore store({});
  const auto numbered = [](const char* topic, std::uint64_t number, bool is_empty = false) {
    return std::make_shared<Message>(
        Message{topic, Bytes(is_empty ? 0 : 1), {}, {}, true, {}, number});
  };
  store.set(numbered("kept", 1), kNobody);
  store.set(numbered("replaced", 2), kNobody);
  store.set(numbered("removed", 3), kNobody);
  const auto places = store.match(TopicFilter::parse("#").value(), {}, {});
  ASSERT_EQ(places.size(), 3U);
  store.set(numbered("replaced", 200), kNobody);
  store.set(numbered("removed", 201, true), kNobody);

  std::vector<std::string> there;
  for (const auto& place : places) {
    if (const auto message = store.get(place)) there.push_back(message->topic);
  }
  EXPECT_THAT(there, ElementsAre("kept"));
  for (const char* topic : {"kept", "replaced"}) store.set(numbered(topic, 202, true), kNobody);
  for (const auto& place : places) EXPECT_EQ(store.get(place), nullptr) << "nothing is there";
  store.set(numbered("another", 203), kNobody);
  for (const auto& place : places) EXPECT_EQ(store.get(place), nullptr) << "another's place";
}

TEST(RetainedStore, HidesWhatHasExpired) {
  RetainedStore store({});
  const Timestamp end{std::chrono::seconds{10}};
  store.set(std::make_shared<Message>(Message{"a", {1}, {}, {}, true, end, 0}), kNobody);

  EXPECT_THAT(topics(store, "a", end - std::chrono::microseconds{1}), ElementsAre("a"));
  EXPECT_THAT(topics(store, "a", end), IsEmpty());
}

}  // namespace
}  // namespace fastness::mqtt
