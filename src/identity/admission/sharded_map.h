#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fastness::identity {

// An immutable map of which a changed copy costs one shard, not the whole: what a snapshot that a
// single revocation replaces is made of. Thread-safe, being immutable.
template <typename Key, typename Value, typename Hash = std::hash<Key>>
class ShardedMap {
 public:
  static constexpr std::size_t kShards = 1024;

  ShardedMap() = default;

  [[nodiscard]] const Value* find(const Key& key) const {
    const auto& shard = shards_[shard_of(key)];
    if (!shard) return nullptr;
    const auto found = shard->find(key);
    return found == shard->end() ? nullptr : &found->second;
  }

  // A copy in which `key` has this value.
  [[nodiscard]] ShardedMap with(const Key& key, Value value) const {
    ShardedMap copy = *this;
    auto shard = copy.own(key);
    shard->insert_or_assign(key, std::move(value));
    copy.shards_[shard_of(key)] = std::move(shard);
    return copy;
  }

  // A copy without `key`, which need not be there.
  [[nodiscard]] ShardedMap without(const Key& key) const {
    ShardedMap copy = *this;
    auto shard = copy.own(key);
    shard->erase(key);
    copy.shards_[shard_of(key)] = std::move(shard);
    return copy;
  }

  // A map of all these; of equal keys the last one counts.
  [[nodiscard]] static ShardedMap of(std::vector<std::pair<Key, Value>> entries) {
    std::array<std::shared_ptr<Shard>, kShards> building{};
    for (auto& [key, value] : entries) {
      auto& shard = building[shard_of(key)];
      if (!shard) shard = std::make_shared<Shard>();
      shard->insert_or_assign(key, std::move(value));
    }
    ShardedMap map;
    for (std::size_t i = 0; i < kShards; ++i) map.shards_[i] = std::move(building[i]);
    return map;
  }

 private:
  using Shard = std::unordered_map<Key, Value, Hash>;

  // Other bits than the shard's own table takes first.
  [[nodiscard]] static std::size_t shard_of(const Key& key) {
    return (Hash{}(key) >> 40U) % kShards;
  }
  [[nodiscard]] std::shared_ptr<Shard> own(const Key& key) const {
    const auto& shard = shards_[shard_of(key)];
    return shard ? std::make_shared<Shard>(*shard) : std::make_shared<Shard>();
  }

  // Shared between all the maps that agree on a shard.
  std::array<std::shared_ptr<const Shard>, kShards> shards_{};
};

}  // namespace fastness::identity
