#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace fastness {

// The newest immutable T, written by one thread and read by any. Thread-safe.
//
// `load` takes a short lock. A message path keeps a Reader instead, which costs one atomic load
// until there is something new. (std::atomic<std::shared_ptr> of GCC 12 is neither lock-free nor
// free of data races: its load unlocks with relaxed order.)
template <typename T>
class Published {
 public:
  // A published T is never null.
  explicit Published(std::shared_ptr<const T> first) : current_(std::move(first)) {}

  [[nodiscard]] std::shared_ptr<const T> load() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

  void store(std::shared_ptr<const T> next) {
    {
      const std::lock_guard lock(mutex_);
      current_.swap(next);
      version_.fetch_add(1, std::memory_order_release);
    }
    // What was replaced is destroyed here, outside the lock, unless a reader still holds it.
  }

  // One thread's view. The Published must outlive it. Thread-compatible.
  class Reader {
   public:
    explicit Reader(const Published& source) : source_(source) { refresh(source_.version()); }

    // The newest T. The reference is good until the next call of `current` on this reader.
    [[nodiscard]] const T& current() {
      if (const std::uint64_t version = source_.version(); version != seen_) refresh(version);
      return *held_;
    }

    // The same, kept alive for as long as the caller wants.
    [[nodiscard]] std::shared_ptr<const T> share() {
      static_cast<void>(current());
      return held_;
    }

   private:
    void refresh(std::uint64_t version) {
      held_ = source_.load();  // at least as new as `version`
      seen_ = version;
    }

    const Published& source_;
    std::uint64_t seen_ = 0;
    std::shared_ptr<const T> held_;
  };

 private:
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace fastness
