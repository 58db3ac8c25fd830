#include "supervisor/supervisor.h"

#include <algorithm>
#include <array>
#include <csignal>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/child.h"

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
  auto started = vault_ ? Result<void>() : start_vault();
  if (started) started = start_hub();
  if (!started) {
    stop();
    return started;
  }
  log_.info("serving", {{"vault_pid", vault_->process.id()}, {"hub_pid", hub_->id()}});
  return {};
}

Result<void> Supervisor::start_vault() {
  constexpr int kConnections = 3;
  constexpr int kPassphrase = 4;
  FASTNESS_ASSIGN_OR_RETURN(auto ends, os::SeqpacketSocket::make_pair());
  os::Program program{options_.programs + "/fastness-vault", options_.vault_arguments, {}, {}};
  program.arguments.insert(program.arguments.end(),
                           {"--connections", std::to_string(kConnections)});
  program.descriptors = {{ends.second.number(), kConnections}};
  if (options_.passphrase.is_open()) {
    FASTNESS_RETURN_IF_ERROR(rewind_passphrase());
    program.arguments.insert(program.arguments.end(),
                             {"--passphrase", std::to_string(kPassphrase)});
    program.descriptors.push_back({options_.passphrase.number(), kPassphrase});
  }
  FASTNESS_ASSIGN_OR_RETURN(os::Process process, os::Process::spawn(program));
  vault_.emplace(Vault{std::move(process), std::move(ends.first)});
  return {};
}

Result<void> Supervisor::start_hub() {
  FASTNESS_ASSIGN_OR_RETURN(auto ends, os::SeqpacketSocket::make_pair());
  const std::array<int, 1> for_vault{ends.first.number()};
  if (auto sent = vault_->connections.send({}, for_vault); !sent) {
    // Its socket closes a moment before it can be seen to have ended.
    wait({vault_->process.number()}, milliseconds(1'000));
    auto why = vault_failure();
    return why ? *why : sent;
  }
  FASTNESS_ASSIGN_OR_RETURN(os::Pipe ready, os::Pipe::make());
  FASTNESS_ASSIGN_OR_RETURN(
      const os::Descriptor configuration,
      os::sealed_memory("configuration", as_bytes(options_.hub_configuration)));
  FASTNESS_ASSIGN_OR_RETURN(
      os::Process hub,
      os::Process::spawn({options_.programs + "/fastness-hub",
                          {},
                          {},
                          {{configuration.number(), ChildDescriptors::kConfig},
                           {ends.second.number(), ChildDescriptors::kPeer},
                           {ready.write_end.number(), ChildDescriptors::kReady}}}));
  ready.write_end.close();
  hub_.emplace(std::move(hub));
  return await_hub(ready.read_end);
}

Result<void> Supervisor::await_hub(const os::Descriptor& ready) {
  const SteadyTime deadline = clock_.steady() + options_.start_deadline;
  while (!stopping_ && clock_.steady() < deadline) {
    wait({ready.number(), hub_->number(), vault_->process.number()},
         std::chrono::ceil<milliseconds>(deadline - clock_.steady()));
    pollfd readable{ready.number(), POLLIN, 0};
    char byte = 0;
    if (::poll(&readable, 1, 0) == 1 && ::read(ready.number(), &byte, 1) == 1) return {};
    // The vault first: a hub without it ends too.
    if (auto why = vault_failure()) return *why;
    if (const auto ending = hub_->ending()) {
      return fail(Errc::unavailable, "fastness-hub ended with " + ending->to_text());
    }
  }
  return fail(Errc::unavailable, stopping_ ? "asked to stop" : "the hub did not serve in time");
}

// Why the vault has ended; nothing while it runs.
std::optional<Result<void>> Supervisor::vault_failure() {
  const auto ending = vault_->process.ending();
  if (!ending) return std::nullopt;
  if (ending->exit_status == kVaultNeedsAPerson) {
    return fail(Errc::unauthenticated,
                "the vault did not open with this passphrase, and says why above");
  }
  return fail(Errc::unavailable, "fastness-vault ended with " + ending->to_text());
}

// A file can be read again and a terminal asked again; a pipe is empty by now.
Result<void> Supervisor::rewind_passphrase() {
  const int number = options_.passphrase.number();
  struct stat status {};
  if (::fstat(number, &status) != 0) return os::fail_with_errno("look at the passphrase");
  if (S_ISREG(status.st_mode)) ::lseek(number, 0, SEEK_SET);
  const bool is_spent = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
  if (passphrase_was_used_ && is_spent) {
    return fail(Errc::unauthenticated,
                "the vault needs its passphrase again and a pipe gives it only once; start again");
  }
  passphrase_was_used_ = true;
  return {};
}

Result<void> Supervisor::run() {
  Backoff backoff(options_.backoff);
  while (!stopping_) {
    watch();
    if (stopping_) break;
    const bool vault_died = has_died(vault_->process, "vault");
    stop_hub();  // without its vault it can do nothing; without it there is nothing to stop
    if (vault_died) stop_vault();
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
    if (started.error().code == Errc::unauthenticated) return started;
    log_.error("restart_failed", {{"why", started.error().message}});
  }
  return {};
}

// Returns when a child has died or a signal asks to stop.
void Supervisor::watch() {
  while (!stopping_ && !vault_->process.ending() && !hub_->ending()) {
    wait({vault_->process.number(), hub_->number()}, milliseconds::max());
  }
}

bool Supervisor::has_died(os::Process& child, const char* name) const {
  const auto ending = child.ending();
  if (ending) log_.error("child_died", {{"child", name}, {"with", ending->to_text()}});
  return ending.has_value();
}

void Supervisor::stop() {
  if (!hub_ && !vault_) return;
  log_.info("stopping");
  stop_hub();
  stop_vault();
  log_.info("stopped");
}

void Supervisor::stop_hub() {
  if (!hub_) return;
  if (!has_died(*hub_, "hub")) {
    hub_->signal(SIGTERM);
    await_end(*hub_, "fastness-hub");
  }
  hub_.reset();
}

void Supervisor::stop_vault() {
  if (!vault_) return;
  // Nobody can ask it anything any more, and what it keeps survives being cut off.
  vault_->connections.shut_down();
  vault_->process.signal(SIGTERM);
  await_end(vault_->process, "fastness-vault");
  vault_.reset();
}

void Supervisor::await_end(os::Process& child, const char* name) {
  const SteadyTime deadline = clock_.steady() + options_.drain_deadline;
  while (!child.ending() && clock_.steady() < deadline && !hurried_) {
    wait({child.number()}, std::chrono::ceil<milliseconds>(deadline - clock_.steady()));
  }
  if (child.ending()) return;
  log_.error("killing", {{"child", name}, {"why", hurried_ ? "asked twice" : "it does not end"}});
  child.signal(SIGKILL);
  while (!child.ending()) wait({child.number()}, milliseconds(1'000));
}

void Supervisor::pause(milliseconds delay) {
  log_.warning("restarting", {{"in_ms", delay.count()}});
  const SteadyTime until = clock_.steady() + delay;
  while (!stopping_ && clock_.steady() < until) {
    wait({}, std::chrono::ceil<milliseconds>(until - clock_.steady()));
  }
}

void Supervisor::wait(std::initializer_list<int> descriptors, milliseconds longest) {
  std::vector<pollfd> watched{{signals_.number(), POLLIN, 0}};
  for (const int number : descriptors) watched.push_back({number, POLLIN, 0});
  constexpr milliseconds kHour{3'600'000};
  ::poll(watched.data(), watched.size(), static_cast<int>(std::min(longest, kHour).count()));
  while (const auto signal = signals_.next()) {
    if (*signal != SIGTERM && *signal != SIGINT) continue;
    const SteadyTime now = clock_.steady();
    hurried_ = stopping_ && now - stopping_since_ >= options_.hurry_after;
    if (!stopping_) stopping_since_ = now;
    stopping_ = true;
  }
}

}  // namespace fastness::supervisor
