#pragma once

#include <mutex>
#include <utility>

#include "net/event_loop.h"

namespace fastness::gateway {

// Carries answers of other threads to a loop for as long as the loop exists; after `close` they go
// nowhere. Shared with whoever was asked, who may answer late. Thread-safe.
class Mailbox {
 public:
  explicit Mailbox(net::EventLoop& loop) : loop_(&loop) {}

  template <typename Work>
  void post(Work&& work) {
    const std::lock_guard lock(mutex_);
    if (loop_ != nullptr) loop_->post(std::forward<Work>(work));
  }

  // Before the loop is destroyed.
  void close() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::mutex mutex_;
  net::EventLoop* loop_;
};

}  // namespace fastness::gateway
