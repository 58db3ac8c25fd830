#pragma once

#include <cstdint>
#include <memory>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/result.h"
#include "net/event_loop.h"

namespace fastness::gateway {

// Tells which of a loop's many sockets are ready. One epoll set of its own, itself watched by the
// loop's io_context: a turn then asks the kernel once for all sockets that are ready, where a wait
// per socket through Asio costs a system call and an allocation each. Lives on its loop.
class Poller {
 public:
  // Something with a descriptor. Must not be destroyed inside `on_ready`: another event of the
  // same turn may still name it.
  class Pollee {
   public:
    virtual ~Pollee() = default;
    virtual void on_ready() = 0;
  };

  enum class Interest : std::uint8_t { none, read, write, read_write };

  // `unavailable` if the process is out of descriptors. `loop` must outlive the poller.
  [[nodiscard]] static Result<std::unique_ptr<Poller>> create(net::EventLoop& loop);

  // Level-triggered: `on_ready` is called in every turn in which the descriptor is ready for what
  // is of interest, or broken. False if the kernel refuses.
  [[nodiscard]] bool add(int descriptor, Pollee& pollee, Interest interest);
  void change(int descriptor, Pollee& pollee, Interest interest);
  void remove(int descriptor);

  void start();
  void stop();

 private:
  explicit Poller(net::EventLoop& loop, int epoll);
  void wait();
  void dispatch();

  boost::asio::posix::stream_descriptor epoll_;
};

}  // namespace fastness::gateway
