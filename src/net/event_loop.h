// One thread, one io_context.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace fastness::net {

// Runs the handlers of one io_context, on one thread, in turns: a turn is everything that was
// ready, followed once by the end-of-turn hook. A gateway queues output while it handles a turn and
// writes each touched connection once at its end, so that a burst costs one system call, not one a
// message. What runs on the loop lives on one executor and needs no lock.
class EventLoop {
 public:
  // `name` is what `top -H` shows; the kernel keeps its first 15 bytes.
  explicit EventLoop(std::string name);

  // Stops and joins.
  ~EventLoop();

  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Called after each turn, on the loop's thread. Set it before `start` or from the loop itself.
  void on_turn_end(std::function<void()> hook) { turn_end_ = std::move(hook); }

  // Starts the loop's own thread, with all signals blocked: they are for the main thread.
  void start();

  // Runs turns on the calling thread until `stop`. Instead of `start`, never beside it.
  void run();

  // Runs what is ready now as one turn, then returns. For tests, and for draining at the end;
  // never beside `start` or `run`. Returns how many handlers ran.
  std::size_t run_ready();

  // Thread-safe. Runs `work` on the loop in a later turn; dropped unrun if the loop stops first.
  template <typename Work>
  void post(Work&& work) {
    boost::asio::post(context_, std::forward<Work>(work));
  }

  // Thread-safe, idempotent. The turn in progress ends; what is queued behind it does not run.
  void stop();

  // Waits for the thread that `start` made. Not from the loop itself.
  void join();

  // Thread-safe. Whether the caller runs on this loop.
  [[nodiscard]] bool is_current() const { return thread_id_.load() == std::this_thread::get_id(); }

  [[nodiscard]] boost::asio::io_context& context() { return context_; }
  [[nodiscard]] boost::asio::io_context::executor_type executor() {
    return context_.get_executor();
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  void finish_turn();

  std::string name_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::function<void()> turn_end_;
  std::atomic<std::thread::id> thread_id_{};
  std::thread thread_;
};

// Names the calling thread for `top -H` and debuggers; the kernel keeps 15 bytes.
void name_this_thread(const std::string& name);

}  // namespace fastness::net
