#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace fastness::net {

// How many connections the process's file descriptors are enough for. Some are kept for files, so
// that however many callers come the journal goes on; and devices leave some to people, so that the
// owner can come and see what is wrong. Thread-safe.
class DescriptorBudget {
 public:
  enum class For : std::uint8_t { devices, people };

  // With fewer a server could not do its work.
  static constexpr std::size_t kLeast = 256;

  // `descriptors`: how many the process may have, at least kLeast.
  explicit DescriptorBudget(std::size_t descriptors);

  // False if all that such a caller may have are taken.
  [[nodiscard]] bool take(For whom);
  void give_back() { taken_.fetch_sub(1, std::memory_order_relaxed); }

  [[nodiscard]] std::size_t taken() const { return taken_.load(std::memory_order_relaxed); }
  // So many may be taken, by anybody, for one more of these to get one.
  [[nodiscard]] std::size_t most(For whom) const { return whom == For::devices ? devices_ : all_; }

 private:
  std::size_t all_;
  std::size_t devices_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace fastness::net
