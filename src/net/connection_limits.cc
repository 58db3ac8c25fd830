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
    address_ = other.address_;
  }
  return *this;
}

ConnectionLimits::Slot::~Slot() {
  release();
}

void ConnectionLimits::Slot::release() {
  if (const auto owner = std::exchange(owner_, nullptr)) owner->release(address_);
}

std::shared_ptr<ConnectionLimits> ConnectionLimits::create(Options options) {
  return std::shared_ptr<ConnectionLimits>(new ConnectionLimits(options));
}

std::optional<ConnectionLimits::Slot> ConnectionLimits::take(const ip::address& address) {
  const ip::address key = subscriber(address);
  const std::scoped_lock lock(mutex_);
  if (open_ >= options_.max_connections) return std::nullopt;
  const auto found = by_address_.find(key);
  if (found != by_address_.end() && found->second >= options_.max_per_address) return std::nullopt;
  ++by_address_[key];
  ++open_;
  return Slot(shared_from_this(), key);
}

void ConnectionLimits::release(const ip::address& address) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_address_.find(address);
  if (--found->second == 0) by_address_.erase(found);
  --open_;
}

std::size_t ConnectionLimits::open() const {
  const std::scoped_lock lock(mutex_);
  return open_;
}

}  // namespace fastness::net
