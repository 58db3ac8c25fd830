#pragma once

#include <mutex>
#include <utility>

#include "net/loop.h"

namespace fastness::net {

// The way to a loop for other threads that may still hold it when the loop is gone: then it leads
// nowhere. Shared with whoever may answer late. Thread-safe.
class LoopGate {
 public:
  explicit LoopGate(Loop& loop) : loop_(&loop) {}

  // Runs `work` on the loop, unless the gate is closed.
  template <typename Work>
  void post(Work&& work) {
    const std::lock_guard lock(mutex_);
    if (loop_ != nullptr) loop_->post(std::forward<Work>(work));
  }

  // Whether the caller runs on the loop; false once the gate is closed.
  [[nodiscard]] bool is_current() {
    const std::lock_guard lock(mutex_);
    return loop_ != nullptr && loop_->is_current();
  }

  // After it returns the loop may be destroyed.
  void close() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::mutex mutex_;
  Loop* loop_;
};

}  // namespace fastness::net
