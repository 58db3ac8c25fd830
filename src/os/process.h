#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/bytes.h"
#include "os/files/descriptor.h"

namespace fastness::os {

// An open descriptor of ours, and the number under which a child is to find it.
struct Handover {
  int number;
  int as;
};

// A program to start. It gets the descriptors named here, standard error and standard output, and
// nothing else that is open; an empty standard input unless 0 is handed over; and no environment
// but this one.
struct Program {
  std::string path;
  std::vector<std::string> arguments;  // without the program's own name
  std::vector<std::string> environment;
  std::vector<Handover> descriptors;

  // Hands it one more under the first number from 3 on that is free, which the arguments then name
  // behind `option`. Does nothing with one that is not open; `descriptor` must be at `spawn`.
  void hand_over(const char* option, const Descriptor& descriptor);
};

// How a process ended.
struct Ending {
  int exit_status;  // valid if `signal` is 0
  int signal;

  [[nodiscard]] bool is_success() const { return signal == 0 && exit_status == 0; }
  [[nodiscard]] std::string to_text() const;  // "exit status 1", "signal 9"
};

// A child of ours. It dies with us, even if we are killed: nothing is left running.
// Thread-compatible.
class Process {
 public:
  // `not_found` or `permission_denied` if the program cannot be run. SIGPIPE and SIGINT start out
  // ignored: the one is for writes to report, the other, from a terminal, is for us to translate.
  [[nodiscard]] static Result<Process> spawn(const Program& program);

  Process(Process&&) noexcept = default;
  Process& operator=(Process&&) noexcept = delete;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // kills it if it still runs

  [[nodiscard]] pid_t id() const { return id_; }

  // A descriptor that polls readable once the process has ended.
  [[nodiscard]] int number() const { return watch_.number(); }

  // How it ended; nothing if it still runs. The same answer every time after.
  [[nodiscard]] std::optional<Ending> ending();
  // The same, once it has ended, however long that takes.
  [[nodiscard]] Ending await_ending();

  void signal(int number) const noexcept;

 private:
  Process(pid_t id, Descriptor watch) : id_(id), watch_(std::move(watch)) {}

  pid_t id_;
  Descriptor watch_;
  std::optional<Ending> ending_;
};

// Signals as something to read. The signals are blocked for the process from `block` on, which must
// come before the first thread.
class Signals {
 public:
  [[nodiscard]] static Result<Signals> block(std::initializer_list<int> signals);

  // Polls readable when a signal waits.
  [[nodiscard]] int number() const { return descriptor_.number(); }

  // The next signal that waits; nothing if none does.
  [[nodiscard]] std::optional<int> next() const;

 private:
  explicit Signals(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  Descriptor descriptor_;
};

// A pipe, close-on-exec.
struct Pipe {
  Descriptor read_end;
  Descriptor write_end;

  [[nodiscard]] static Result<Pipe> make();
};

// A file in memory that nobody can change any more, to be handed to a child.
[[nodiscard]] Result<Descriptor> sealed_memory(const std::string& name, ByteView contents);

// Where the running program itself is: the folder of /proc/self/exe.
[[nodiscard]] Result<std::string> program_folder();

}  // namespace fastness::os
