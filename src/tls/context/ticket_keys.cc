#include "tls/context/ticket_keys.h"

#include <algorithm>

namespace fastness::tls {

std::shared_ptr<const TicketKey> TicketKeys::current() {
  const SteadyTime now = clock_.steady();
  const std::scoped_lock lock(mutex_);
  forget_old(now);
  if (keys_.empty() || now - keys_.front()->made >= kRotation) keys_.push_front(make(now));
  return keys_.front();
}

std::shared_ptr<const TicketKey> TicketKeys::find(std::span<const std::uint8_t, 16> name) {
  const std::scoped_lock lock(mutex_);
  forget_old(clock_.steady());
  const auto found = std::ranges::find_if(
      keys_, [&](const auto& key) { return std::ranges::equal(key->name, name); });
  return found == keys_.end() ? nullptr : *found;
}

void TicketKeys::drop() {
  const std::scoped_lock lock(mutex_);
  keys_.clear();
}

std::shared_ptr<const TicketKey> TicketKeys::make(SteadyTime now) {
  constexpr std::size_t kKeyBytes = 32;
  auto key = std::make_shared<TicketKey>();
  key->cipher_key = crypto::SecretBytes(kKeyBytes);
  key->mac_key = crypto::SecretBytes(kKeyBytes);
  key->made = now;
  random_.fill(key->name);
  random_.fill(key->cipher_key.reveal());
  random_.fill(key->mac_key.reveal());
  return key;
}

void TicketKeys::forget_old(SteadyTime now) {
  while (!keys_.empty() && now - keys_.back()->made >= kLifetime) keys_.pop_back();
}

}  // namespace fastness::tls
