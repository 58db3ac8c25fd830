// One thread, one io_context.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "net/loop.h"

namespace fastness::net {

// Runs the handlers of one io_context on one thread: for what is written in coroutines, and for
// threads that only do what is posted to them. What runs on the loop lives on one executor and
// needs no lock.
class EventLoop final : public Loop {
 public:
  // `name` is what `top -H` shows.
  explicit EventLoop(std::string name);

  // Stops and joins.
  ~EventLoop() override;

  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Starts the loop's own thread.
  void start();

  // Runs handlers on the calling thread until `stop`. Instead of `start`, never beside it.
  void run();

  // Runs what is ready now, then returns. For tests, and for draining at the end; never beside
  // `start` or `run`. Returns how many handlers ran.
  std::size_t run_ready();

  // Thread-safe, idempotent. The handler in progress ends; what is queued behind it does not run.
  void stop();

  // Waits for the thread that `start` made. Not from the loop itself.
  void join();

  // Loop
  void post(Task task) override;
  [[nodiscard]] bool is_current() const override {
    return thread_id_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  [[nodiscard]] bool watch(int descriptor, std::function<void()> on_readable) override;
  void unwatch(int descriptor) override;
  void call_after(SteadyTime::duration wait, std::function<void()> call) override;

  [[nodiscard]] boost::asio::io_context& context() { return context_; }
  [[nodiscard]] boost::asio::io_context::executor_type executor() {
    return context_.get_executor();
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  class Watch;

  std::string name_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::map<int, std::shared_ptr<Watch>> watches_;  // shared with their pending handlers
  std::atomic<std::thread::id> thread_id_{};
  std::thread thread_;
};

}  // namespace fastness::net
