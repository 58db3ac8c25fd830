#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mqtt/shared_subscription.h"
#include "mqtt/trie/retained_store.h"

namespace fastness::gateway {

// The retained messages that one subscription still has to be sent, in the order of their numbers:
// read out of the store as the client reads, so that a hundred thousand of them take no memory of
// their own. Whatever is replaced or removed before its turn is passed over: who subscribed was
// sent the newer message when it was published. Thread-compatible.
class RetainedReading {
 public:
  // `subscription` is the text of one that is not shared. Messages up to `after` are sent already,
  // those beyond `until` come as they are published.
  RetainedReading(std::string subscription, std::uint64_t after, std::uint64_t until);

  [[nodiscard]] const std::string& subscription() const { return subscription_; }
  [[nodiscard]] std::uint64_t after() const { return after_; }
  [[nodiscard]] std::uint64_t until() const { return until_; }

  // The connection for which it began has ended: what was to come at QoS 0 went with it.
  void outlive_connection() { has_outlived_ = true; }
  [[nodiscard]] bool has_outlived_connection() const { return has_outlived_; }

  // The next message, which stays the next one until `pop`; null if there is none any more. `store`
  // is the same one each time.
  [[nodiscard]] mqtt::MessagePtr next(const mqtt::RetainedStore& store, Timestamp now);
  void pop();

 private:
  [[nodiscard]] bool fetch(const mqtt::RetainedStore& store, Timestamp now);

  std::string subscription_;
  mqtt::TopicFilter filter_;
  std::uint64_t after_;
  std::uint64_t until_;
  std::vector<mqtt::RetainedStore::Place> places_;  // of the next ones
  std::size_t at_ = 0;                              // among those
  bool are_all_ = false;                            // nothing comes after them
  bool has_outlived_ = false;
};

}  // namespace fastness::gateway
