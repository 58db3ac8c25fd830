#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "base/bytes.h"
#include "base/clock.h"
#include "net/endpoint.h"
#include "net/loop.h"
#include "net/socket.h"

namespace fastness::net {

// Connections of proxies, each until it has said whose it is (see ProxyHeader). Not a byte behind
// the header is read: that is the caller's. Lives on the loop.
class ProxiedCallers : public std::enable_shared_from_this<ProxiedCallers> {
 public:
  struct Events {
    std::function<void(Socket socket, const Endpoint& remote)> on_named;
    // It sent something else, or not in time, or too many wait. Its socket is closed.
    std::function<void()> on_refused;
  };

  // `loop` must outlive it. `patience` is for a header to arrive whole, `most` the connections that
  // may wait for theirs.
  [[nodiscard]] static std::shared_ptr<ProxiedCallers> create(Loop& loop,
                                                              SteadyTime::duration patience,
                                                              std::size_t most, Events events);

  // Waits for the header on a connection that `proxy` made.
  void receive(Socket socket, const Endpoint& proxy);

  // Closes all that wait; no event follows.
  void close_all();

 private:
  struct Caller {
    Socket socket;
    Endpoint proxy;
    Bytes header;  // what was read of it
  };
  using Callers = std::map<std::uint64_t, Caller>;

  ProxiedCallers(Loop& loop, SteadyTime::duration patience, std::size_t most, Events events)
      : loop_(loop), patience_(patience), most_(most), events_(std::move(events)) {}
  void read(std::uint64_t number);
  [[nodiscard]] Socket take(Callers::iterator found);
  void refuse(Callers::iterator found);

  Loop& loop_;
  const SteadyTime::duration patience_;
  const std::size_t most_;
  const Events events_;
  std::uint64_t last_ = 0;
  Callers waiting_;
};

}  // namespace fastness::net
