#pragma once

#include <csignal>
#include <cstdint>
#include <optional>

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fastness::crypto::testing {

// How many instructions `work` takes, and not how long: a clock would tell of the machine's other
// work as well. A child runs it one instruction at a time under this process's eyes. What leads to
// it and away from it is counted as well, and is the same each time. Nothing if this process may
// not trace its children.
template <typename Work>
[[nodiscard]] std::optional<std::uint64_t> counted_instructions(const Work& work) {
  const pid_t child = ::fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
    static_cast<void>(::raise(SIGSTOP));
    work();
    static_cast<void>(::raise(SIGSTOP));
    ::_exit(0);
  }
  int status = 0;
  const auto stopped_by = [&](int signal) {
    return ::waitpid(child, &status, 0) == child && WIFSTOPPED(status) &&
           WSTOPSIG(status) == signal;
  };
  std::optional<std::uint64_t> count;
  if (stopped_by(SIGSTOP)) {
    count = 0;
    do {
      ++*count;
    } while (::ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) == 0 && stopped_by(SIGTRAP));
    // The second stop ends the count; whatever else ended it makes the count worth nothing.
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGSTOP) count.reset();
  }
  // Not one that has ended by itself: its number may be somebody else's by now.
  if (WIFSTOPPED(status)) {
    static_cast<void>(::kill(child, SIGKILL));
    static_cast<void>(::waitpid(child, &status, 0));
  }
  return count;
}

}  // namespace fastness::crypto::testing
