#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace fastness::mqtt {

// Many small things of one kind, named by numbers of four bytes instead of pointers, in blocks that
// never move and go back to the system when nothing in them is in use. Thread-compatible.
template <typename T>
class Pool {
 public:
  using Index = std::uint32_t;

  // A new T, value-initialised.
  [[nodiscard]] Index take() {
    if (with_room_.empty()) {
      with_room_.push_back(static_cast<Index>(blocks_.size()));
      blocks_.emplace_back();
    }
    const Index number = with_room_.back();
    Block& block = blocks_[number];
    if (!block.items) block.items = std::make_unique<Items>();
    const auto place = static_cast<Index>(std::countr_one(block.used));
    block.used |= std::uint64_t{1} << place;
    if (block.used == kFull) with_room_.pop_back();
    return number * kSize + place;
  }

  // Whether `take` gave that index, and it was not given back since.
  [[nodiscard]] bool is_used(Index index) const {
    return index / kSize < blocks_.size() &&
           (blocks_[index / kSize].used >> (index % kSize) & 1U) != 0;
  }
  // Precondition for the rest: `index` came from `take` and was not given back.
  void give_back(Index index) {
    (*this)[index] = T{};
    Block& block = blocks_[index / kSize];
    if (block.used == kFull) with_room_.push_back(index / kSize);
    block.used &= ~(std::uint64_t{1} << index % kSize);
    if (block.used == 0) block.items.reset();
  }
  [[nodiscard]] T& operator[](Index index) {
    return (*blocks_[index / kSize].items)[index % kSize];
  }
  [[nodiscard]] const T& operator[](Index index) const {
    return (*blocks_[index / kSize].items)[index % kSize];
  }

 private:
  static constexpr Index kSize = 64;  // one bit of `used` for each
  static constexpr std::uint64_t kFull = UINT64_MAX;
  using Items = std::array<T, kSize>;
  struct Block {
    std::unique_ptr<Items> items;  // null while none is in use
    std::uint64_t used = 0;
  };

  std::vector<Block> blocks_;
  std::vector<Index> with_room_;
};

}  // namespace fastness::mqtt
