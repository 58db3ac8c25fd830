#pragma once

#include <functional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "net/task.h"

namespace fastness::net {

// What everybody may ask of a loop, however it waits: one thread that does in turns what became
// ready. `post` and `is_current` are thread-safe; all else is for the loop's own thread, or for any
// while it does not run.
class Loop {
 public:
  virtual ~Loop() = default;

  // Runs `task` on the loop in a later turn; dropped unrun if the loop stops first.
  virtual void post(Task task) = 0;
  // Whether the caller runs on this loop.
  [[nodiscard]] virtual bool is_current() const = 0;

  // Calls `on_readable` in every turn in which there is something to read, until `unwatch`. False
  // if the kernel refuses.
  [[nodiscard]] virtual bool watch(int descriptor, std::function<void()> on_readable) = 0;
  // Before the descriptor is closed. Nothing if it is not watched.
  virtual void unwatch(int descriptor) = 0;

  // Once, after so much of the system's time; dropped unrun if the loop stops first.
  virtual void call_after(SteadyTime::duration wait, std::function<void()> call) = 0;
};

// A thread for a loop: with all signals blocked, since they are for the main thread, and a name for
// `top -H`, of which the kernel keeps 15 bytes.
[[nodiscard]] std::thread start_loop_thread(const std::string& name, std::function<void()> run);

// Names the calling thread so.
void name_this_thread(const std::string& name);

}  // namespace fastness::net
