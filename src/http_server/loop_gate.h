#pragma once

#include <mutex>
#include <utility>

#include "net/event_loop.h"

namespace fastness::http_server {

// The way to the web loop for other threads, which may still hold a responder or a WebSocket when
// the server is gone: then it leads nowhere. Thread-safe.
class LoopGate {
 public:
  explicit LoopGate(net::EventLoop& loop) : loop_(&loop) {}

  // Runs `work` on the loop, unless the gate is closed.
  template <typename Work>
  void post(Work&& work) {
    const std::lock_guard lock(mutex_);
    if (loop_ != nullptr) loop_->post(std::forward<Work>(work));
  }

  // After it returns the loop may be destroyed.
  void close() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::mutex mutex_;
  net::EventLoop* loop_;
};

}  // namespace fastness::http_server
