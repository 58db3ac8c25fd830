#include <random>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mqtt/retained_store.h"
#include "mqtt/subscription_tree.h"
#include "mqtt/topic_name.h"

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
      [&](Tree::Group& group) { found.insert(group.members.front().subscriber); });
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

TEST(SubscriptionTree, ReplacesASecondSubscriptionToTheSameFilter) {
  Tree tree;

  EXPECT_EQ(tree.insert(subscription("a/b"), 1, "old"), Tree::Inserted::added);
  EXPECT_EQ(tree.insert(subscription("a/b"), 1, "new"), Tree::Inserted::replaced);

  EXPECT_EQ(tree.size(), 1U);
  tree.match(
      "a/b", [](const Tree::Entry& entry) { EXPECT_EQ(entry.details, "new"); },
      [](Tree::Group&) {});
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
  tree.insert(subscription("a/+"), 1, "");
  tree.insert(subscription("a/+"), 2, "");
  tree.insert(subscription("$share/g/a/+"), 1, "");

  EXPECT_FALSE(tree.remove(subscription("a/b"), 1));
  EXPECT_FALSE(tree.remove(subscription("a/+"), 3));
  EXPECT_FALSE(tree.remove(subscription("$share/h/a/+"), 1));
  EXPECT_TRUE(tree.remove(subscription("a/+"), 1));
  EXPECT_FALSE(tree.remove(subscription("a/+"), 1));

  EXPECT_THAT(matches(tree, "a/b"), UnorderedElementsAre(1, 2));
  EXPECT_TRUE(tree.remove(subscription("$share/g/a/+"), 1));
  EXPECT_THAT(matches(tree, "a/b"), ElementsAre(2));
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
  for (int i = 0; i < 300; ++i) {
    std::string filter = pick({"a", "b", "", "$x", "+"});
    if (random() % 3 == 0 || filter.empty()) filter += "/#";
    EXPECT_EQ(tree.insert(subscription(filter), i, ""), Tree::Inserted::added);
    filters.push_back(filter);
  }
  for (int i = 0; i < 300; i += 3) {
    std::string& filter = filters[static_cast<std::size_t>(i)];
    EXPECT_TRUE(tree.remove(subscription(filter), i));
    filter.clear();
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

std::vector<std::string> topics(const RetainedStore& store, std::string_view filter,
                                Timestamp now = Timestamp{}) {
  std::vector<std::string> found;
  for (const auto& m : store.match(TopicFilter::parse(filter).value(), now))
    found.push_back(m->topic);
  return found;
}

TEST(RetainedStore, AnswersFiltersAsTopicFilterDoes) {
  RetainedStore store({});
  const std::vector<std::string> all = {"a", "a/", "a/b", "a/b/c", "/a", "$SYS/a", "b//c", "b"};
  for (const auto& topic : all) store.set(message(topic, "x"));

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
  store.set(message("a/b", "x"));

  EXPECT_EQ(store.set(message("a/b", "")), RetainedStore::Kept::removed);
  EXPECT_EQ(store.set(message("never/there", "")), RetainedStore::Kept::removed);

  EXPECT_EQ(store.size(), 0U);
  EXPECT_EQ(store.bytes(), 0U);
  EXPECT_THAT(topics(store, "#"), IsEmpty());
}

TEST(RetainedStore, RefusesPastItsLimitsAndKeepsWhatItHas) {
  RetainedStore store({.max_messages = 2});
  EXPECT_EQ(store.set(message("a", "1")), RetainedStore::Kept::kept);
  EXPECT_EQ(store.set(message("b", "1")), RetainedStore::Kept::kept);
  EXPECT_EQ(store.set(message("c", "1")), RetainedStore::Kept::refused);
  EXPECT_EQ(store.set(message("b", "2")), RetainedStore::Kept::kept);
  EXPECT_THAT(topics(store, "#"), ElementsAre("a", "b"));

  RetainedStore small({.max_messages = 9, .max_bytes = message("a", "1")->bytes()});
  EXPECT_EQ(small.set(message("a", "1")), RetainedStore::Kept::kept);
  EXPECT_EQ(small.set(message("a", "12")), RetainedStore::Kept::refused);
  EXPECT_EQ(small.set(message("a", "2")), RetainedStore::Kept::kept);
}

TEST(RetainedStore, HidesWhatHasExpired) {
  RetainedStore store({});
  const Timestamp end{std::chrono::seconds{10}};
  store.set(std::make_shared<Message>(Message{"a", {1}, {}, {}, true, end, 0}));

  EXPECT_THAT(topics(store, "a", end - std::chrono::microseconds{1}), ElementsAre("a"));
  EXPECT_THAT(topics(store, "a", end), IsEmpty());
}

}  // namespace
}  // namespace fastness::mqtt
