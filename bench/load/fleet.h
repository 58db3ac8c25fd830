#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"

namespace fastness::load {

// Of the steady clock.
std::int64_t now_nanoseconds();
constexpr std::int64_t kSecond = 1'000'000'000;  // nanoseconds

// All connections of the generator, on one epoll and in one thread.
class Fleet {
 public:
  using OnPacket = std::function<void(std::size_t index, const Frame& frame)>;

  explicit Fleet(const Options& options);
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  ~Fleet();

  // Who connection number `index` is, whatever it subscribes to.
  Role role(std::size_t index);

  // Makes connections with these roles, a few at once, and waits until all stand; ends the process
  // if one fails. They are numbered in order, after those that stand already.
  void open(std::vector<Role> roles);

  struct Comings {
    long connected = 0;
    long resumed = 0;
    long failed = 0;
    std::string failure;  // the first one's reason
  };
  // Makes a connection for each role that `next` gives, and closes it as soon as it stands, until
  // there is none. A connection that fails is counted.
  Comings come_and_go(const std::function<bool(Role&)>& next);

  struct Return {
    Comings comings;
    std::vector<double> seconds;  // from the beginning until each stood, in this order
  };
  // All of them go without a word, and call again at once with these roles. A connection that fails
  // is counted, and does not call again.
  Return come_back(std::vector<Role> roles);

  void close_all();

  // Waits for something to read until that moment at the latest and calls `on_packet` for each
  // packet. Says whether anything came. Ends the process if a connection is lost.
  bool poll_until(std::int64_t deadline, const OnPacket& on_packet);

  struct Handlers {
    OnPacket on_packet;
    std::function<void(std::size_t index)> on_ready;
    std::function<void(std::size_t index, const std::string& why)> on_lost;
  };
  // The same for a fleet that may lose connections: one that is lost is closed, and stays so until
  // it is started again.
  void poll(std::int64_t deadline, const Handlers& handlers);
  void restart(std::size_t index, Role role) { start(index, std::move(role)); }
  // What could not be written is noticed by the next poll().
  void try_flush(std::size_t index);
  Tls& tls() { return tls_; }

  void queue(std::size_t index, Packet packet) { connections_[index]->queue(std::move(packet)); }
  void flush(std::size_t index);
  [[nodiscard]] std::size_t size() const { return connections_.size(); }

 private:
  void start(std::size_t index, Role role);
  void watch_output(std::size_t index);
  void stop(std::size_t index);
  static void settle(const Connection& connection, Comings& comings);
  void vanish();
  // Numbers of connections that have something to do, by that moment at the latest.
  std::vector<std::size_t> wait(std::int64_t deadline);

  const Options& options_;
  Tls tls_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<bool> is_output_watched_;
};

}  // namespace fastness::load
