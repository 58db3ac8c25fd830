#include "gateway/retained/retained_reading.h"

#include <utility>

namespace fastness::gateway {
namespace {

// Places looked up together: to look goes over all that match, and each takes sixteen bytes.
constexpr std::size_t kTogether = 4'096;

}  // namespace

RetainedReading::RetainedReading(std::string subscription, std::uint64_t after, std::uint64_t until)
    : subscription_(std::move(subscription)),
      filter_(mqtt::SharedSubscription::parse(subscription_).value().filter()),
      after_(after),
      until_(until) {}

mqtt::MessagePtr RetainedReading::next(const mqtt::RetainedStore& store, Timestamp now) {
  while (at_ < places_.size() || fetch(store, now)) {
    mqtt::MessagePtr message = store.get(places_[at_]);
    if (message && !message->is_expired(now)) return message;
    pop();
  }
  return nullptr;
}

void RetainedReading::pop() {
  after_ = places_[at_].number;
  ++at_;
}

bool RetainedReading::fetch(const mqtt::RetainedStore& store, Timestamp now) {
  places_.clear();
  at_ = 0;
  if (are_all_ || after_ >= until_) return false;
  places_ = store.match(filter_, {after_ + 1, until_, kTogether}, now);
  are_all_ = places_.size() < kTogether;
  return !places_.empty();
}

}  // namespace fastness::gateway
