// What a match costs, without sockets: the subscription tree and the retained store filled with
// many filters, asked about topics. Prints one JSON line for each size.

#include <chrono>
#include <cstdio>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <malloc.h>

#include "mqtt/trie/retained_store.h"
#include "mqtt/trie/subscription_tree.h"

namespace {

using namespace fastness;  // NOLINT(google-build-using-namespace): a program of its own

struct Details {
  std::uint64_t since = 0;
  std::uint32_t identifier = 0;
  std::uint32_t options = 0;
};
using Tree = mqtt::SubscriptionTree<const int*, Details>;

std::size_t allocated() {
  return mallinfo2().uordblks;
}

// Five levels, as devices of several sites would choose them.
std::string topic_of(std::size_t number) {
  return "plant/hall" + std::to_string(number % 10) + "/line" + std::to_string(number / 10 % 100) +
         "/device" + std::to_string(number) + "/temperature";
}

double nanoseconds_since(std::chrono::steady_clock::time_point begun, std::size_t times) {
  const std::chrono::duration<double, std::nano> passed = std::chrono::steady_clock::now() - begun;
  return passed.count() / static_cast<double>(times);
}

template <typename PickTopic>
double time_matches(Tree& tree, std::size_t times, const PickTopic& pick) {
  std::vector<std::string> topics;
  topics.reserve(times);
  for (std::size_t i = 0; i < times; ++i) topics.push_back(pick(i));
  std::size_t found = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (const std::string& topic : topics) {
    tree.match(
        topic, [&](const Tree::Entry&) { ++found; }, [](Tree::Group&, Tree::Place) {});
  }
  const double each = nanoseconds_since(begun, times);
  if (found < times) std::cerr << "a topic found no subscriber\n";
  return each;
}

void measure_filters(std::size_t filters) {
  constexpr std::size_t kTimes = 200'000;
  static const int subscriber = 0;
  const std::size_t before = allocated();
  Tree tree;
  std::vector<Tree::Place> places;
  places.reserve(filters);
  const std::size_t own = allocated() - before;  // what the subscribers hold
  for (std::size_t i = 0; i < filters; ++i) {
    places.push_back(
        tree.insert(mqtt::SharedSubscription::parse(topic_of(i)).value(), &subscriber, Details{}));
  }
  const std::size_t bytes = allocated() - before - own + sizeof(Tree::Place) * filters;
  for (int i = 0; i < 300; ++i) {
    const std::string filter = "plant/+/line" + std::to_string(i) + "/#";
    (void)tree.insert(mqtt::SharedSubscription::parse(filter).value(), &subscriber, Details{});
  }
  std::mt19937_64 random(1);
  const double anywhere =
      time_matches(tree, kTimes, [&](std::size_t) { return topic_of(random() % filters); });
  const double again = time_matches(tree, kTimes, [&](std::size_t i) { return topic_of(i % 100); });
  std::printf(
      "{\"filters\": %zu, \"bytes_per_filter\": %zu, \"ns_any_topic\": %.0f, "
      "\"ns_repeating_topic\": %.0f}\n",
      filters, bytes / filters, anywhere, again);
}

void measure_retained(std::size_t messages) {
  constexpr std::size_t kPayload = 64;
  const std::size_t before = allocated();
  mqtt::RetainedStore store({.max_messages = messages, .max_bytes = std::size_t{1} << 40U});
  for (std::size_t i = 0; i < messages; ++i) {
    auto message = std::make_shared<mqtt::Message>();
    message->topic = topic_of(i);
    message->payload = Bytes(kPayload, 'x');
    message->retain = true;
    message->number = i + 1;
    (void)store.set(std::move(message), mqtt::RetainedStore::kNobody);
  }
  const std::size_t bytes = allocated() - before;
  const auto begun = std::chrono::steady_clock::now();
  const auto all = store.match(mqtt::TopicFilter::parse("#").value(), {}, Timestamp{});
  std::printf("{\"retained\": %zu, \"bytes_beyond_payload\": %zu, \"ns_replay_each\": %.0f}\n",
              messages, bytes / messages - kPayload, nanoseconds_since(begun, all.size()));
}

}  // namespace

int main() {
  for (const std::size_t filters : {1'000U, 100'000U, 1'000'000U}) measure_filters(filters);
  for (const std::size_t messages : {1'000U, 100'000U}) measure_retained(messages);
}
