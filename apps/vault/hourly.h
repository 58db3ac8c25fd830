// What the vault does every hour, whether or not anybody asks it anything.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "vault_ipc/channel.h"

namespace fastness::vault_app {

// Calls a task at once and then every hour, on the thread that waits through it, between other
// work. Whatever the task uses, and the clock, must outlive it.
class Hourly {
 public:
  Hourly(const Clock& clock, std::function<void()> task)
      : clock_(clock), task_(std::move(task)), next_(clock.steady()) {}

  // Returns once there is something to receive.
  template <typename Source>
  void await(Source& source) {
    do {
      run_if_due();
    } while (!source.is_readable_within(
        std::chrono::ceil<std::chrono::milliseconds>(next_ - clock_.steady())));
  }

 private:
  static constexpr std::chrono::hours kInterval{1};

  void run_if_due() {
    if (clock_.steady() < next_) return;
    next_ = clock_.steady() + kInterval;
    task_();
  }

  const Clock& clock_;
  std::function<void()> task_;
  SteadyTime next_;
};

// A connection whose wait for the next message leaves room for the hourly task. `hourly` must
// outlive it.
class HourlyChannel final : public vault_ipc::Channel {
 public:
  HourlyChannel(std::unique_ptr<vault_ipc::Channel> channel, Hourly& hourly)
      : channel_(std::move(channel)), hourly_(hourly) {}

  Result<void> send(ByteView message) override { return channel_->send(message); }
  Result<Bytes> receive() override {
    hourly_.await(*channel_);
    return channel_->receive();
  }
  bool is_readable_within(std::chrono::milliseconds longest) override {
    return channel_->is_readable_within(longest);
  }

 private:
  std::unique_ptr<vault_ipc::Channel> channel_;
  Hourly& hourly_;
};

}  // namespace fastness::vault_app
