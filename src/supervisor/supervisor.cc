#include "supervisor/supervisor.h"

#include <algorithm>
#include <csignal>
#include <vector>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/child.h"
#include "os/seqpacket_socket.h"

namespace fastness::supervisor {

using config::ChildDescriptors;
using std::chrono::milliseconds;

Supervisor::Supervisor(Options options, const os::Signals& signals, const Clock& clock,
                       telemetry::Log log)
    : options_(std::move(options)), signals_(signals), clock_(clock), log_(std::move(log)) {}

Supervisor::~Supervisor() {
  stop();
}

Result<void> Supervisor::start() {
  last_start_ = clock_.steady();
  FASTNESS_ASSIGN_OR_RETURN(auto ends, os::SeqpacketSocket::make_pair());
  FASTNESS_ASSIGN_OR_RETURN(os::Process vault,
                            start_child("fastness-vault", ends.first.number(), true));
  auto hub = start_child("fastness-hub", ends.second.number(), false);
  if (!hub) {
    vault.signal(SIGTERM);
    await_end(vault, options_.drain_deadline, "fastness-vault");
    return propagate(std::move(hub));
  }
  family_.emplace(Family{std::move(vault), std::move(hub).value(), last_start_});
  log_.info("serving", {{"vault_pid", family_->vault.id()}, {"hub_pid", family_->hub.id()}});
  return {};
}

Result<os::Process> Supervisor::start_child(const char* name, int peer, bool with_passphrase) {
  FASTNESS_ASSIGN_OR_RETURN(os::Pipe ready, os::Pipe::make());
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor configuration,
                            os::sealed_memory("configuration", as_bytes(options_.configuration)));
  os::Program program{options_.programs + "/" + name, {}, {}, {}};
  program.descriptors = {{configuration.number(), ChildDescriptors::kConfig},
                         {peer, ChildDescriptors::kPeer},
                         {ready.write_end.number(), ChildDescriptors::kReady}};
  if (with_passphrase && options_.passphrase.is_open()) {
    FASTNESS_RETURN_IF_ERROR(rewind_passphrase());
    program.descriptors.push_back({options_.passphrase.number(), ChildDescriptors::kPassphrase});
  }
  FASTNESS_ASSIGN_OR_RETURN(os::Process child, os::Process::spawn(program));
  ready.write_end.close();
  FASTNESS_RETURN_IF_ERROR(await_ready(child, ready.read_end, name));
  return child;
}

Result<void> Supervisor::await_ready(os::Process& child, const os::Descriptor& ready,
                                     const std::string& name) {
  const SteadyTime deadline = clock_.steady() + options_.start_deadline;
  while (clock_.steady() < deadline && !stopping_) {
    wait({ready.number(), child.number()},
         std::chrono::ceil<milliseconds>(deadline - clock_.steady()));
    pollfd readable{ready.number(), POLLIN, 0};
    char byte = 0;
    if (::poll(&readable, 1, 0) == 1 && ::read(ready.number(), &byte, 1) == 1) return {};
    if (const auto ending = child.ending()) {
      return fail(Errc::unavailable,
                  name + " ended with " + ending->to_text() + " before it served");
    }
  }
  child.signal(SIGTERM);
  await_end(child, options_.drain_deadline, name.c_str());
  return fail(Errc::unavailable, stopping_ ? "asked to stop" : name + " did not serve in time");
}

// A file can be read again and a terminal asked again; a pipe is empty by now.
Result<void> Supervisor::rewind_passphrase() {
  const int number = options_.passphrase.number();
  struct stat status {};
  if (::fstat(number, &status) != 0) return os::fail_with_errno("look at the passphrase");
  if (S_ISREG(status.st_mode)) ::lseek(number, 0, SEEK_SET);
  const bool is_spent = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
  if (passphrase_was_used_ && is_spent) {
    return fail(Errc::invalid_argument,
                "the vault needs its passphrase again and a pipe gives it only once; start again");
  }
  passphrase_was_used_ = true;
  return {};
}

Result<void> Supervisor::run() {
  Backoff backoff(options_.backoff);
  while (!stopping_) {
    watch();
    stop();
    if (!stopping_) FASTNESS_RETURN_IF_ERROR(restart(backoff));
  }
  stop();
  return {};
}

Result<void> Supervisor::restart(Backoff& backoff) {
  while (!stopping_) {
    pause(backoff.after_run(last_start_, clock_.steady()));
    if (stopping_) break;
    auto started = start();
    if (started || stopping_) break;
    if (started.error().code == Errc::invalid_argument) return started;
    log_.error("restart_failed", {{"why", started.error().message}});
  }
  return {};
}

void Supervisor::pause(milliseconds delay) {
  log_.warning("restarting", {{"in_ms", delay.count()}});
  const SteadyTime until = clock_.steady() + delay;
  while (!stopping_ && clock_.steady() < until) {
    wait({}, std::chrono::ceil<milliseconds>(until - clock_.steady()));
  }
}

// Returns when a child has died or a signal asks to stop.
void Supervisor::watch() {
  while (!stopping_ && family_) {
    wait({family_->vault.number(), family_->hub.number()}, milliseconds::max());
    const std::pair<const char*, os::Process&> children[] = {{"vault", family_->vault},
                                                             {"hub", family_->hub}};
    bool died = false;
    for (const auto& [name, child] : children) {
      const auto ending = child.ending();
      if (!ending) continue;
      log_.error("child_died", {{"child", name}, {"with", ending->to_text()}});
      died = true;
    }
    if (died) return;
  }
}

void Supervisor::stop() {
  if (!family_) return;
  log_.info("stopping");
  family_->hub.signal(SIGTERM);
  await_end(family_->hub, options_.drain_deadline, "fastness-hub");
  // It ends by itself when the hub's end of the connection closes; the signal is for one that
  // hangs.
  family_->vault.signal(SIGTERM);
  await_end(family_->vault, options_.drain_deadline, "fastness-vault");
  family_.reset();
  log_.info("stopped");
}

void Supervisor::await_end(os::Process& child, milliseconds patience, const char* name) {
  const SteadyTime deadline = clock_.steady() + patience;
  while (!child.ending() && clock_.steady() < deadline && !hurried_) {
    wait({child.number()}, std::chrono::ceil<milliseconds>(deadline - clock_.steady()));
  }
  if (child.ending()) return;
  log_.error("killing", {{"child", name}, {"why", hurried_ ? "asked twice" : "it does not end"}});
  child.signal(SIGKILL);
  while (!child.ending()) wait({child.number()}, milliseconds(1'000));
}

void Supervisor::wait(std::initializer_list<int> descriptors, milliseconds longest) {
  std::vector<pollfd> watched{{signals_.number(), POLLIN, 0}};
  for (const int number : descriptors) watched.push_back({number, POLLIN, 0});
  constexpr milliseconds kHour{3'600'000};
  const auto timeout = static_cast<int>(std::min(longest, kHour).count());
  ::poll(watched.data(), watched.size(), timeout);
  while (const auto signal = signals_.next()) {
    if (*signal != SIGTERM && *signal != SIGINT) continue;
    hurried_ = stopping_;
    stopping_ = true;
  }
}

}  // namespace fastness::supervisor
