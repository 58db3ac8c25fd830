#include "net/connection_limits.h"

#include <algorithm>
#include <utility>

#include "net/endpoint.h"

namespace fastness::net {
namespace {

namespace ip = boost::asio::ip;

// The part of an address that names one subscriber.
ip::address subscriber(const ip::address& address) {
  ip::address plain = unmapped(address);
  if (plain.is_v4()) return plain;
  auto bytes = plain.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return ip::address_v6(bytes);
}

}  // namespace

ConnectionLimits::Slot& ConnectionLimits::Slot::operator=(Slot&& other) noexcept {
  if (this != &other) {
    release();
    owner_ = std::move(other.owner_);
    place_ = other.place_;
  }
  return *this;
}

ConnectionLimits::Slot::~Slot() {
  release();
}

void ConnectionLimits::Slot::release() {
  if (const auto owner = std::exchange(owner_, nullptr)) owner->release(place_);
}

void ConnectionLimits::Slot::settle() {
  if (owner_ != nullptr) place_ = owner_->settle(place_);
}

std::shared_ptr<ConnectionLimits> ConnectionLimits::create(Options options, OnRefusal on_refusal) {
  return std::shared_ptr<ConnectionLimits>(
      new ConnectionLimits(std::move(options), std::move(on_refusal)));
}

// Takes the descriptor too, as the last that may be refused.
std::optional<ConnectionLimits::Refusal> ConnectionLimits::check(const Usage& usage,
                                                                 SteadyTime now) const {
  if (open_ >= options_.max_connections) return Refusal::all_connections;
  if (usage.open >= options_.max_per_address) return Refusal::connections_of_address;
  const bool is_fast = usage.pace.wait(options_.pace_of_address, now).count() != 0;
  if (is_fast) return Refusal::rate_of_address;
  return take_descriptor() ? std::nullopt : std::optional(Refusal::no_descriptor);
}

bool ConnectionLimits::take_descriptor() const {
  return options_.descriptors == nullptr || options_.descriptors->take(options_.descriptors_for);
}

std::optional<ConnectionLimits::Slot> ConnectionLimits::take(const ip::address& address,
                                                             SteadyTime now) {
  const ip::address key = subscriber(address);
  std::unique_lock lock(mutex_);
  if (by_address_.size() >= sweep_at_) forget_rested(now);
  const auto found = by_address_.find(key);
  const auto refusal = check(found != by_address_.end() ? found->second : Usage{}, now);
  if (refusal) {
    lock.unlock();
    note(*refusal);
    return std::nullopt;
  }
  const Place place = by_address_.try_emplace(key).first;
  place->second.pace.take(options_.pace_of_address, now);
  ++place->second.open;
  ++open_;
  return Slot(shared_from_this(), place);
}

// The end of the addresses stands for a settled slot's place.
ConnectionLimits::Place ConnectionLimits::settle(Place place) {
  const std::scoped_lock lock(mutex_);
  if (place != by_address_.end()) --place->second.open;
  return by_address_.end();
}

void ConnectionLimits::release(Place place) {
  if (options_.descriptors != nullptr) options_.descriptors->give_back();
  const std::scoped_lock lock(mutex_);
  if (place != by_address_.end()) --place->second.open;
  --open_;
}

void ConnectionLimits::forget_rested(SteadyTime now) {
  std::erase_if(by_address_, [now](const auto& entry) {
    return entry.second.open == 0 && entry.second.pace.is_rested(now);
  });
  sweep_at_ = std::max<std::size_t>(1'024, 2 * by_address_.size());
}

std::size_t ConnectionLimits::open() const {
  const std::scoped_lock lock(mutex_);
  return open_;
}

}  // namespace fastness::net
