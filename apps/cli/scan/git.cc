#include "git.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/files/descriptor.h"

namespace fastness::cli {
namespace {

struct Pipe {
  os::Descriptor read;
  os::Descriptor write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(Errc::exhausted, "no more files");
  return Pipe{os::Descriptor(ends[0]), os::Descriptor(ends[1])};
}

Result<pid_t> start_git(const std::vector<std::string>& arguments, const os::Descriptor& output) {
  std::vector<std::string> words{"git"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return fail(Errc::exhausted, "no memory");
  pid_t child = 0;
  int failed = ::posix_spawn_file_actions_adddup2(&actions, output.number(), STDOUT_FILENO);
  if (failed == 0) {
    failed = ::posix_spawnp(&child, "git", &actions, nullptr, argv.data(), environ);
  }
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return fail(Errc::not_found, "cannot run git: is it installed?");
  return child;
}

bool read_all(const os::Descriptor& from, const std::function<void(std::string_view)>& sink) {
  std::array<char, 65'536> piece{};
  for (;;) {
    const ssize_t size = ::read(from.number(), piece.data(), piece.size());
    if (size == 0) return true;
    if (size > 0) {
      sink({piece.data(), static_cast<std::size_t>(size)});
    } else if (errno != EINTR) {
      return false;
    }
  }
}

}  // namespace

Result<void> run_git(const std::vector<std::string>& arguments,
                     const std::function<void(std::string_view)>& sink) {
  FASTNESS_ASSIGN_OR_RETURN(Pipe pipe, make_pipe());
  FASTNESS_ASSIGN_OR_RETURN(const pid_t child, start_git(arguments, pipe.write));
  pipe.write = os::Descriptor();
  const bool is_read = read_all(pipe.read, sink);
  pipe.read = os::Descriptor();
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (is_read && WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(Errc::unavailable, "git " + arguments.front() + " failed");
}

}  // namespace fastness::cli
