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
  auto started = start_missing();
  if (!started) stop();
  if (options_.chore) next_chore_ = clock_.steady() + options_.chore->first;
  return started;
}

Result<void> Supervisor::start_missing() {
  last_start_ = clock_.steady();
  if (!vault_) FASTNESS_RETURN_IF_ERROR(start_vault());
  FASTNESS_RETURN_IF_ERROR(hub_ ? join(hub_->connections) : start_hub());
  log_.info("serving", {{"vault_pid", vault_->process.id()}, {"hub_pid", hub_->process.id()}});
  return {};
}

Result<void> Supervisor::start_vault() {
  constexpr int kConnections = 3;
  constexpr int kPassphrase = 4;
  constexpr int kTokenPin = 5;
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
  if (options_.token_pin.is_open()) {
    program.arguments.insert(program.arguments.end(), {"--token-pin", std::to_string(kTokenPin)});
    program.descriptors.push_back({options_.token_pin.number(), kTokenPin});
  }
  FASTNESS_ASSIGN_OR_RETURN(os::Process process, os::Process::spawn(program));
  options_.token_pin.close();
  vault_.emplace(Child{std::move(process), std::move(ends.first)});
  return {};
}

Result<void> Supervisor::join(const os::SeqpacketSocket& hub) {
  FASTNESS_ASSIGN_OR_RETURN(auto ends, os::SeqpacketSocket::make_pair());
  const std::array<int, 1> for_vault{ends.first.number()};
  if (auto sent = vault_->connections.send({}, for_vault); !sent) {
    // Its socket closes a moment before it can be seen to have ended.
    wait({vault_->process.number()}, milliseconds(1'000));
    auto why = vault_failure();
    return why ? *why : sent;
  }
  const std::array<int, 1> for_hub{ends.second.number()};
  return hub.send({}, for_hub);
}

Result<void> Supervisor::start_hub() {
  FASTNESS_ASSIGN_OR_RETURN(auto ends, os::SeqpacketSocket::make_pair());
  // A hub that does not read must not hold up the first process for ever.
  FASTNESS_RETURN_IF_ERROR(ends.first.set_deadline(milliseconds(1'000)));
  FASTNESS_RETURN_IF_ERROR(join(ends.first));
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
                           {ends.second.number(), ChildDescriptors::kConnections},
                           {ready.write_end.number(), ChildDescriptors::kReady}}}));
  ready.write_end.close();
  hub_.emplace(Child{std::move(hub), std::move(ends.first)});
  return await_hub(ready.read_end);
}

Result<void> Supervisor::await_hub(const os::Descriptor& ready) {
  const SteadyTime deadline = clock_.steady() + options_.start_deadline;
  while (!stopping_ && clock_.steady() < deadline) {
    wait({ready.number(), hub_->process.number(), vault_->process.number()},
         std::chrono::ceil<milliseconds>(deadline - clock_.steady()));
    pollfd readable{ready.number(), POLLIN, 0};
    char byte = 0;
    if (::poll(&readable, 1, 0) == 1 && ::read(ready.number(), &byte, 1) == 1) return {};
    // The vault first: a hub without it ends too.
    if (auto why = vault_failure()) return *why;
    if (const auto ending = hub_->process.ending()) {
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
                "the vault did not open with this passphrase or PIN, and says why above");
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
    FASTNESS_RETURN_IF_ERROR(clear_away());
    if (!stopping_) FASTNESS_RETURN_IF_ERROR(restart(backoff));
  }
  stop();
  return {};
}

Result<void> Supervisor::clear_away() {
  if (vault_ && has_died(vault_->process, "vault")) {
    const int status = vault_->process.ending()->exit_status;
    auto why = vault_failure();
    stop_vault();
    if (status == kVaultAccusesHub) stop_hub();
    if (status == kVaultNeedsAPerson) {
      stop();
      return *why;
    }
  }
  if (hub_ && hub_->process.ending()) stop_hub();
  return {};
}

Result<void> Supervisor::restart(Backoff& backoff) {
  while (!stopping_) {
    pause(backoff.after_run(last_start_, clock_.steady()));
    if (stopping_) break;
    const bool was_hub_there = hub_.has_value();
    auto started = start_missing();
    if (started || stopping_) break;
    if (started.error().code == Errc::unauthenticated) {
      stop();
      return started;
    }
    log_.error("restart_failed", {{"why", started.error().message}});
    FASTNESS_RETURN_IF_ERROR(clear_away());
    // One that does not serve, or takes no connection to a vault that runs.
    if (vault_ || !was_hub_there) stop_hub();
  }
  return {};
}

// Returns when a child has died or a signal asks to stop.
void Supervisor::watch() {
  while (!stopping_ && !vault_->process.ending() && !hub_->process.ending()) {
    const milliseconds longest = tend_chore();
    // One that is not there is no descriptor, which poll passes over.
    const int chore = chore_ ? chore_->number() : -1;
    wait({vault_->process.number(), hub_->process.number(), chore}, longest);
  }
}

milliseconds Supervisor::tend_chore() {
  if (!options_.chore) return milliseconds::max();
  const SteadyTime now = clock_.steady();
  if (chore_) {
    const auto ending = chore_->ending();
    if (!ending) return milliseconds::max();
    chore_.reset();
    const bool is_well = ending->is_success();
    if (!is_well) log_.error("backup_by_schedule_failed", {{"with", ending->to_text()}});
    next_chore_ = now + (is_well ? options_.chore->between : options_.chore->after_failure);
  }
  if (now >= next_chore_) start_chore(now);
  return chore_ ? milliseconds::max() : std::chrono::ceil<milliseconds>(next_chore_ - now);
}

void Supervisor::start_chore(SteadyTime now) {
  auto started = os::Process::spawn(options_.chore->program);
  if (started) {
    chore_.emplace(std::move(started).value());
    return;
  }
  log_.error("backup_by_schedule_failed", {{"why", started.error().message}});
  next_chore_ = now + options_.chore->after_failure;
}

bool Supervisor::has_died(os::Process& child, const char* name) const {
  const auto ending = child.ending();
  if (ending) log_.error("child_died", {{"child", name}, {"with", ending->to_text()}});
  return ending.has_value();
}

void Supervisor::stop() {
  chore_.reset();  // what it was writing has no name of its own yet
  if (!hub_ && !vault_) return;
  log_.info("stopping");
  stop_hub();
  stop_vault();
  log_.info("stopped");
}

void Supervisor::stop_hub() {
  if (!hub_) return;
  if (!has_died(hub_->process, "hub")) {
    // Without a vault, and with none to come, it must not wait for one.
    if (!vault_ || vault_->process.ending()) hub_->connections.shut_down();
    hub_->process.signal(SIGTERM);
    await_end(hub_->process, "fastness-hub");
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
