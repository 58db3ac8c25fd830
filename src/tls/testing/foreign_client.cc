#include "tls/testing/foreign_client.h"

#include <array>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fastness::tls::testing {
namespace {

constexpr int kPatienceMs = 20'000;

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
  return {ends[0], ends[1]};
}

pid_t start(const std::vector<std::string>& command, int input, int output, int errors) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t streams;
  posix_spawn_file_actions_init(&streams);
  posix_spawn_file_actions_adddup2(&streams, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&streams, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&streams, errors, STDERR_FILENO);
  pid_t process = -1;
  if (::posix_spawnp(&process, arguments[0], &streams, nullptr, arguments.data(), environ) != 0) {
    std::abort();
  }
  posix_spawn_file_actions_destroy(&streams);
  return process;
}

sockaddr_in address_of(int descriptor) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) std::abort();
  return address;
}

}  // namespace

ForeignClient::ForeignClient(const std::vector<std::string>& command) {
  const Pipe input = make_pipe();
  const Pipe output = make_pipe();
  const Pipe errors = make_pipe();
  process_ = start(command, input.read, output.write, errors.write);
  for (const int theirs : {input.read, output.write, errors.write}) ::close(theirs);
  input_ = input.write;
  output_ = output.read;
  errors_ = errors.read;
  for (const int ours : {output_, errors_}) ::fcntl(ours, F_SETFL, O_NONBLOCK);
}

ForeignClient::~ForeignClient() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  for (const int ours : {input_, output_, errors_}) ::close(ours);
}

void ForeignClient::say(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(input_, text.data(), text.size());
    if (written <= 0) std::abort();
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

Port::Port() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool listens =
      ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      ::listen(listener_, 1) == 0;
  if (!listens) std::abort();
}

Port::~Port() {
  ::close(listener_);
  if (connection_ >= 0) ::close(connection_);
}

std::string Port::number() const {
  return std::to_string(ntohs(address_of(listener_).sin_port));
}

int Port::accept() {
  pollfd wait{listener_, POLLIN, 0};
  if (::poll(&wait, 1, kPatienceMs) != 1) return -1;
  connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return connection_;
}

}  // namespace fastness::tls::testing
