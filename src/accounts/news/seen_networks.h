#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "crypto/digest.h"

namespace fastness::accounts {

// The networks that one API key was used from, as network_of draws them: the last kMost, as keyed
// hashes. Asked at each use of the key, so the usual answer costs a comparison of two texts, and a
// hash is made only of a network that this process has not met. Thread-compatible.
class SeenNetworks {
 public:
  static constexpr std::size_t kMost = fixed_limit("api_keys.seen_networks");
  // Until so long after its first use a key is being settled in, and no network is news.
  static constexpr std::chrono::hours kSettling{24};

  using Hash = std::function<crypto::Digest(const std::string& network)>;

  // Whether it was used from there. An address that is not known is nowhere new.
  [[nodiscard]] bool has(std::string_view address, const Hash& hash);

  [[nodiscard]] bool is_settled(Timestamp now) const;

  // Remembers that it was; gives the network that makes room, the one unused longest.
  std::optional<crypto::Digest> add(const crypto::Digest& network, Timestamp since);

 private:
  struct Network {
    crypto::Digest digest;
    std::string text;  // empty until this process met it
  };

  std::vector<Network> networks_;  // the one used last is the last
  std::string last_address_;
  std::optional<Timestamp> since_;
};

}  // namespace fastness::accounts
