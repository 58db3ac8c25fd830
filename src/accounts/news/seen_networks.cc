#include "accounts/news/seen_networks.h"

#include <algorithm>
#include <utility>

#include "accounts/sign_in/throttle.h"

namespace fastness::accounts {

bool SeenNetworks::has(std::string_view address, const Hash& hash) {
  if (address.empty() || address == last_address_) return true;
  std::string text = network_of(address);
  auto found = std::ranges::find(networks_, text, &Network::text);
  if (found == networks_.end()) {
    found = std::ranges::find(networks_, hash(text), &Network::digest);
    if (found == networks_.end()) return false;
    found->text = std::move(text);
  }
  // What was used last is found first when room is made.
  std::rotate(found, found + 1, networks_.end());
  last_address_ = address;
  return true;
}

bool SeenNetworks::is_settled(Timestamp now) const {
  return since_ && now - *since_ >= kSettling;
}

std::optional<crypto::Digest> SeenNetworks::add(const crypto::Digest& network, Timestamp since) {
  since_ = std::min(since, since_.value_or(since));
  networks_.push_back({network, {}});
  if (networks_.size() <= kMost) return std::nullopt;
  const crypto::Digest oldest = networks_.front().digest;
  networks_.erase(networks_.begin());
  return oldest;
}

}  // namespace fastness::accounts
