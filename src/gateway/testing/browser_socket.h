#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "http/web_socket.h"

namespace fastness::gateway::testing {

// The API's end of a WebSocket, without a network: what a browser would send and see.
class BrowserSocket final : public http::WebSocket {
 public:
  void start(Post post, Events events) override {
    const std::lock_guard lock(mutex_);
    post_ = std::move(post);
    events_ = std::move(events);
    changed_.notify_all();
  }
  void receive() override {
    const std::lock_guard lock(mutex_);
    ++asked_;
    changed_.notify_all();
  }
  void send(std::string message) override {
    const std::lock_guard lock(mutex_);
    received_ += message;
    changed_.notify_all();
  }
  [[nodiscard]] std::size_t unsent() const override { return 0; }
  void close(http::CloseCode) override {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(closed_, true)) return;
    }
    changed_.notify_all();
    if (post_) post_(events_.closed);
  }

  // Sends one message once it is asked for, as the real one does.
  void say(ByteView bytes) {
    EXPECT_TRUE(wait([this] { return asked_ != 0; }));
    {
      const std::lock_guard lock(mutex_);
      --asked_;
    }
    post_([message = events_.message, text = std::string(as_text(bytes))] { message(text); });
  }
  // What has come once it is so many bytes.
  std::string hear(std::size_t bytes) {
    wait([&] { return received_.size() >= bytes || closed_; });
    const std::lock_guard lock(mutex_);
    return std::exchange(received_, {});
  }
  bool wait_for_close() {
    return wait([this] { return closed_; });
  }

 private:
  template <typename Condition>
  bool wait(const Condition& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds{10}, condition);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Post post_;
  Events events_;
  std::string received_;
  int asked_ = 0;
  bool closed_ = false;
};

}  // namespace fastness::gateway::testing
