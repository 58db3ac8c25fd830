#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/coalescing.h"
#include "net/loop.h"

namespace fastness::net {

// A loop for very many sockets. It waits on an epoll set of its own, so a turn asks the kernel once
// for everything that is ready, and a socket that is only waited for costs nothing: a wait for each
// socket through Asio takes a system call and an allocation each time (decision 30).
//
// A turn is everything that was ready, under load a few times over, followed once by the
// end-of-turn hook. A gateway queues output while it handles a turn and writes each touched
// connection once at its end, so that a burst costs one system call, not one a message.
class PollLoop final : public Loop {
 public:
  // Something with a descriptor. Must not be destroyed before the turn's end: another event of the
  // same turn may still name it.
  class Pollee {
   public:
    virtual ~Pollee() = default;
    virtual void on_ready() = 0;
  };

  enum class Interest : std::uint8_t { none, read, write, read_write };

  // `unavailable` if the process is out of descriptors. `name` is what `top -H` shows.
  [[nodiscard]] static Result<std::unique_ptr<PollLoop>> create(std::string name);

  // Stops and joins.
  ~PollLoop() override;
  PollLoop(const PollLoop&) = delete;
  PollLoop& operator=(const PollLoop&) = delete;

  // Called after each turn. Set it before `start` or from the loop itself.
  void on_turn_end(std::function<void()> hook) { turn_end_ = std::move(hook); }

  // What can wait for spare time: called after each turn and its end-of-turn hook, to do one piece
  // of it; false if there was none. After a piece the next turn follows at once, and so do the
  // hooks. Set it before `start`.
  void in_spare_time(std::function<bool()> work) { spare_time_ = std::move(work); }

  // Lets a busy loop sleep up to `window` before it waits for more (see Coalescing). `work` tells
  // what was done so far. It does not sleep while there is work for its spare time. Set it before
  // `start`.
  void coalesce(SteadyTime::duration window, std::function<std::uint64_t()> work);

  // While it is held awake it does not sleep: somebody works beside the loop and will wake it. From
  // the loop itself.
  void hold_awake(bool is_held) { is_held_awake_ = is_held; }

  // Level-triggered: `on_ready` is called in every turn in which the descriptor is ready for what
  // is of interest, or broken. False if the kernel refuses.
  [[nodiscard]] bool add(int descriptor, Pollee& pollee, Interest interest);
  void change(int descriptor, Pollee& pollee, Interest interest);
  void remove(int descriptor);

  // Starts the loop's own thread.
  void start();
  // Runs turns on the calling thread until `stop`. Instead of `start`, never beside it.
  void run();
  // Runs what is ready now as one turn, then returns; how many things were. For tests, never beside
  // `start` or `run`.
  std::size_t run_ready();
  // Thread-safe, idempotent. The turn in progress ends, and no other begins.
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

 private:
  class Watch;
  enum class Wait : std::uint8_t { until_ready, no };

  PollLoop(std::string name, int epoll, int alarm);
  std::size_t turn(Wait wait);
  void let_work_gather();
  [[nodiscard]] int milliseconds_to_wait();
  std::size_t dispatch(int milliseconds);
  std::size_t run_tasks();
  std::size_t run_timers();

  const std::string name_;
  const int epoll_;
  const int alarm_;  // an eventfd: wakes the loop from other threads
  std::function<void()> turn_end_;
  std::function<bool()> spare_time_;
  bool used_spare_time_ = false;  // after the last turn
  Coalescing coalescing_{SteadyTime::duration::zero()};
  std::function<std::uint64_t()> work_;  // null if nothing is to be coalesced
  bool is_held_awake_ = false;
  std::map<int, std::unique_ptr<Watch>> watches_;
  std::vector<std::unique_ptr<Watch>> retired_;              // until the end of the turn
  std::multimap<SteadyTime, std::function<void()>> timers_;  // by the system's clock

  std::mutex mutex_;
  std::vector<Task> tasks_;  // under mutex_; whoever makes it not empty wakes the loop
  std::vector<Task> running_;
  std::atomic<bool> is_stopped_{false};
  std::atomic<std::thread::id> thread_id_{};
  std::thread thread_;
};

}  // namespace fastness::net
