#include "os/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fastness::os {

namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What the child needs, made before the fork: after it, nothing may allocate.
struct Launch {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::vector<char*> argument_pointers;
  std::vector<char*> environment_pointers;
  std::vector<Descriptor> copies;  // above every number handed over, so that none is overwritten
  std::vector<int> targets;
  pid_t parent;
  int report;  // write end of the pipe that says why exec failed
};

Result<Launch> prepare(const Program& program, const Descriptor& nothing, int report) {
  Launch launch{{program.path}, program.environment, {}, {}, {}, {}, ::getpid(), report};
  launch.arguments.insert(launch.arguments.end(), program.arguments.begin(),
                          program.arguments.end());
  launch.argument_pointers = pointers_to(launch.arguments);
  launch.environment_pointers = pointers_to(launch.environment);
  std::vector<Handover> handovers{{nothing.number(), STDIN_FILENO}};
  handovers.insert(handovers.end(), program.descriptors.begin(), program.descriptors.end());
  for (const Handover& handover : handovers) {
    constexpr int kAboveAll = 64;
    const int copy = ::fcntl(handover.number, F_DUPFD_CLOEXEC, kAboveAll);
    if (copy < 0) return fail_with_errno("hand over a descriptor");
    launch.copies.emplace_back(copy);
    launch.targets.push_back(handover.as);
  }
  return launch;
}

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

// Between fork and exec: system calls only. Returns only if something failed, with errno set.
void become_program(const Launch& launch) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return;
  if (::getppid() != launch.parent) ::_exit(1);  // it died before the line above
  reset_signals();
  // Everything is closed by exec, but for the copies made next.
  if (::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return;
  for (std::size_t i = 0; i < launch.copies.size(); ++i) {
    if (::dup2(launch.copies[i].number(), launch.targets[i]) < 0) return;
  }
  ::execve(launch.argument_pointers[0], launch.argument_pointers.data(),
           launch.environment_pointers.data());
}

[[noreturn]] void run_child(const Launch& launch) {
  become_program(launch);
  const int why = errno;
  static_cast<void>(::write(launch.report, &why, sizeof why) == sizeof why);
  ::_exit(127);
}

}  // namespace

void Program::hand_over(const char* option, const Descriptor& descriptor) {
  if (!descriptor.is_open()) return;
  int number = STDERR_FILENO + 1;
  while (std::ranges::find(descriptors, number, &Handover::as) != descriptors.end()) ++number;
  arguments.insert(arguments.end(), {option, std::to_string(number)});
  descriptors.push_back({descriptor.number(), number});
}

std::string Ending::to_text() const {
  return signal != 0 ? "signal " + std::to_string(signal)
                     : "exit status " + std::to_string(exit_status);
}

Result<Process> Process::spawn(const Program& program) {
  FASTNESS_ASSIGN_OR_RETURN(Pipe report, Pipe::make());
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing.is_open()) return fail_with_errno("open /dev/null");
  FASTNESS_ASSIGN_OR_RETURN(const Launch launch,
                            prepare(program, nothing, report.write_end.number()));
  const pid_t id = ::fork();
  if (id < 0) return fail_with_errno("start a process");
  if (id == 0) run_child(launch);
  report.write_end.close();

  int why = 0;
  if (::read(report.read_end.number(), &why, sizeof why) == sizeof why) {
    ::waitpid(id, nullptr, 0);
    errno = why;
    return fail_with_errno("start " + program.path);
  }
  const long watch = ::syscall(SYS_pidfd_open, id, 0);
  if (watch < 0) {
    const auto failure = fail_with_errno("watch " + program.path);
    ::kill(id, SIGKILL);
    ::waitpid(id, nullptr, 0);
    return failure;
  }
  ::fcntl(static_cast<int>(watch), F_SETFD, FD_CLOEXEC);
  return Process(id, Descriptor(static_cast<int>(watch)));
}

Process::~Process() {
  if (!watch_.is_open() || ending_) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

std::optional<Ending> Process::ending() {
  if (ending_) return ending_;
  int status = 0;
  if (::waitpid(id_, &status, WNOHANG) != id_) return std::nullopt;
  ending_ = WIFSIGNALED(status) ? Ending{0, WTERMSIG(status)} : Ending{WEXITSTATUS(status), 0};
  return ending_;
}

Ending Process::await_ending() {
  while (true) {
    if (const auto how = ending()) return *how;
    pollfd ended{number(), POLLIN, 0};
    ::poll(&ended, 1, -1);
  }
}

void Process::signal(int number) const noexcept {
  if (!ending_) ::kill(id_, number);
}

Result<Signals> Signals::block(std::initializer_list<int> signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : signals) ::sigaddset(&set, number);
  if (const int fault = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); fault != 0) {
    errno = fault;
    return fail_with_errno("block signals");
  }
  Descriptor descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor.is_open()) return fail_with_errno("read signals");
  return Signals(std::move(descriptor));
}

std::optional<int> Signals::next() const {
  signalfd_siginfo signal{};
  if (::read(number(), &signal, sizeof signal) != sizeof signal) return std::nullopt;
  return static_cast<int>(signal.ssi_signo);
}

Result<Pipe> Pipe::make() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_with_errno("make a pipe");
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

Result<Descriptor> sealed_memory(const std::string& name, ByteView contents) {
  Descriptor memory(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory.is_open()) return fail_with_errno("make a file in memory");
  while (!contents.empty()) {
    const ssize_t written = ::write(memory.number(), contents.data(), contents.size());
    if (written < 0) return fail_with_errno("fill a file in memory");
    contents = contents.subspan(static_cast<std::size_t>(written));
  }
  if (::lseek(memory.number(), 0, SEEK_SET) != 0) return fail_with_errno("rewind a file in memory");
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(memory.number(), F_ADD_SEALS, kSeals) != 0) {
    return fail_with_errno("seal a file in memory");
  }
  return memory;
}

Result<std::string> program_folder() {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return fail_with_errno("find the running program");
  const std::string_view whole(path.data(), static_cast<std::size_t>(size));
  return std::string(whole.substr(0, whole.rfind('/')));
}

}  // namespace fastness::os
