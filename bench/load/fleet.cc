#include "fleet.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include <sys/epoll.h>
#include <unistd.h>

namespace fastness::load {
namespace {

// A call for which the broker's queue had no room is repeated by the kernel after 1, 2, 4 and at
// last 32 seconds (RFC 6298, 5): for so long nothing may happen although nothing is wrong.
constexpr std::int64_t kConnectPatience = 40 * kSecond;
constexpr const char* kNobodyStood = "no connection stood for 40 s";

}  // namespace

std::int64_t now_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Fleet::Fleet(const Options& options)
    : options_(options), tls_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

Fleet::~Fleet() {
  connections_.clear();
  close(epoll_);
}

Role Fleet::role(std::size_t index) {
  const auto share = static_cast<std::size_t>(options_.share);
  index += static_cast<std::size_t>(options_.first);
  Role role;
  role.identity = index / share;
  role.client_id = tls_.name(role.identity);
  if (share > 1) role.client_id = "bench-" + std::to_string(index);
  role.qos = options_.qos;
  return role;
}

void Fleet::start(std::size_t index, Role role) {
  if (connections_.size() <= index) {
    connections_.resize(index + 1);
    is_output_watched_.resize(index + 1);
  }
  connections_[index] = std::make_unique<Connection>(tls_, options_.port, std::move(role));
  is_output_watched_[index] = true;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.u64 = index;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[index]->descriptor(), &event);
}

void Fleet::stop(std::size_t index) {
  connections_[index]->say_goodbye();
  connections_[index].reset();  // closing takes it off the epoll
}

void Fleet::watch_output(std::size_t index) {
  const bool wanted = connections_[index]->wants_to_write();
  if (is_output_watched_[index] == wanted) return;
  is_output_watched_[index] = wanted;
  epoll_event event{};
  event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = index;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connections_[index]->descriptor(), &event);
}

std::vector<std::size_t> Fleet::wait(std::int64_t deadline) {
  const std::int64_t left = std::max<std::int64_t>(0, deadline - now_nanoseconds());
  const timespec patience{left / kSecond, left % kSecond};
  std::array<epoll_event, 256> events{};
  const int count = epoll_pwait2(epoll_, events.data(), events.size(), &patience, nullptr);
  std::vector<std::size_t> ready;
  if (count <= 0) return ready;
  ready.reserve(static_cast<std::size_t>(count));
  for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(count))) {
    ready.push_back(event.data.u64);
  }
  return ready;
}

void Fleet::open(std::vector<Role> roles) {
  const std::size_t first = connections_.size();
  std::size_t begun = 0;
  std::size_t standing = 0;
  std::int64_t last_news = now_nanoseconds();
  while (standing < roles.size()) {
    while (begun < roles.size() &&
           begun - standing < static_cast<std::size_t>(options_.concurrency)) {
      start(first + begun, std::move(roles[begun]));
      ++begun;
    }
    const auto ready = wait(last_news + kConnectPatience);
    if (ready.empty()) die(kNobodyStood);
    last_news = now_nanoseconds();
    for (const std::size_t index : ready) {
      Connection& connection = *connections_[index];
      const bool stood = connection.state() == Connection::State::ready;
      connection.advance([](const Frame&) {});
      if (connection.state() == Connection::State::failed) die(connection.failure());
      if (!stood && connection.state() == Connection::State::ready) ++standing;
      watch_output(index);
    }
  }
}

void Fleet::settle(const Connection& connection, Comings& comings) {
  if (connection.state() == Connection::State::failed) {
    if (comings.failed++ == 0) comings.failure = connection.failure();
    return;
  }
  ++comings.connected;
  if (connection.was_resumed()) ++comings.resumed;
}

Fleet::Comings Fleet::come_and_go(const std::function<bool(Role&)>& next) {
  Comings comings;
  std::size_t open = 0;
  const auto replace = [&](std::size_t slot) {
    Role role;
    if (!next(role)) return;
    start(slot, std::move(role));
    ++open;
  };
  for (std::size_t slot = 0; slot < static_cast<std::size_t>(options_.concurrency); ++slot) {
    replace(slot);
  }
  while (open > 0) {
    const auto ready = wait(now_nanoseconds() + kConnectPatience);
    if (ready.empty()) die(kNobodyStood);
    for (const std::size_t slot : ready) {
      Connection& connection = *connections_[slot];
      connection.advance([](const Frame&) {});
      watch_output(slot);
      if (connection.state() < Connection::State::ready) continue;
      settle(connection, comings);
      stop(slot);
      --open;
      replace(slot);
    }
  }
  connections_.clear();
  is_output_watched_.clear();
  return comings;
}

void Fleet::vanish() {
  for (const auto& connection : connections_) {
    if (connection) connection->say_nothing();
  }
  connections_.clear();
  is_output_watched_.clear();
}

Fleet::Return Fleet::come_back(std::vector<Role> roles) {
  Return result;
  vanish();
  const std::int64_t begun = now_nanoseconds();
  for (std::size_t index = 0; index < roles.size(); ++index) start(index, std::move(roles[index]));
  std::size_t outstanding = roles.size();
  while (outstanding > 0) {
    const auto ready = wait(now_nanoseconds() + kConnectPatience);
    if (ready.empty()) die(kNobodyStood);
    for (const std::size_t index : ready) {
      Connection& connection = *connections_[index];
      const bool stood = connection.state() == Connection::State::ready;
      connection.advance([](const Frame&) {});
      watch_output(index);
      if (stood || connection.state() < Connection::State::ready) continue;
      --outstanding;
      settle(connection, result.comings);
      if (connection.state() == Connection::State::failed) connections_[index].reset();
      result.seconds.push_back(static_cast<double>(now_nanoseconds() - begun) / kSecond);
    }
  }
  return result;
}

void Fleet::close_all() {
  for (std::size_t index = 0; index < connections_.size(); ++index) {
    if (connections_[index]) stop(index);
  }
  connections_.clear();
  is_output_watched_.clear();
}

bool Fleet::poll_until(std::int64_t deadline, const OnPacket& on_packet) {
  const auto ready = wait(deadline);
  for (const std::size_t index : ready) {
    connections_[index]->advance([&](const Frame& frame) { on_packet(index, frame); });
    flush(index);
  }
  return !ready.empty();
}

void Fleet::poll(std::int64_t deadline, const Handlers& handlers) {
  for (const std::size_t index : wait(deadline)) {
    Connection& connection = *connections_[index];
    const bool stood = connection.state() == Connection::State::ready;
    connection.advance([&](const Frame& frame) { handlers.on_packet(index, frame); });
    connection.flush();
    if (connection.state() == Connection::State::failed) {
      const std::string why = connection.failure();
      connections_[index].reset();
      handlers.on_lost(index, why);
      continue;
    }
    watch_output(index);
    if (!stood && connection.state() == Connection::State::ready) handlers.on_ready(index);
  }
}

void Fleet::try_flush(std::size_t index) {
  connections_[index]->flush();
  watch_output(index);
}

void Fleet::flush(std::size_t index) {
  Connection& connection = *connections_[index];
  connection.flush();
  if (connection.state() == Connection::State::failed) die(connection.failure());
  watch_output(index);
}

}  // namespace fastness::load
