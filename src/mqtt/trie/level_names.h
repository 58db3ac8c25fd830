#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace fastness::mqtt {

// The topic levels in use, each text kept once and named by a number: the same few words ("dev",
// "state") stand in very many topics. Found by a keyed hash, so that nobody can choose levels that
// collide. Thread-compatible.
class LevelNames {
 public:
  using Id = std::uint32_t;

  LevelNames();
  ~LevelNames();
  LevelNames(const LevelNames&) = delete;
  LevelNames& operator=(const LevelNames&) = delete;

  // Nothing if no topic in use has this level.
  [[nodiscard]] std::optional<Id> find(std::string_view text) const;

  // One use more. Each is to be ended by one `release`.
  [[nodiscard]] Id acquire(std::string_view text);
  void release(Id id);

  // Good while the level is in use.
  [[nodiscard]] std::string_view text(Id id) const;

 private:
  class Table;
  std::unique_ptr<Table> table_;
};

}  // namespace fastness::mqtt
