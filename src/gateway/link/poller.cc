#include "gateway/link/poller.h"

#include <array>

#include <sys/epoll.h>

namespace fastness::gateway {
namespace {

epoll_event event_for(Poller::Pollee& pollee, Poller::Interest interest) {
  epoll_event event{};
  const bool read = interest == Poller::Interest::read || interest == Poller::Interest::read_write;
  const bool write =
      interest == Poller::Interest::write || interest == Poller::Interest::read_write;
  event.events = (read ? static_cast<std::uint32_t>(EPOLLIN | EPOLLRDHUP) : 0U) |
                 (write ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  event.data.ptr = &pollee;
  return event;
}

}  // namespace

Result<std::unique_ptr<Poller>> Poller::create(net::EventLoop& loop) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return fail(Errc::unavailable, "no descriptor for epoll");
  return std::unique_ptr<Poller>(new Poller(loop, epoll));
}

Poller::Poller(net::EventLoop& loop, int epoll) : epoll_(loop.context(), epoll) {}

bool Poller::add(int descriptor, Pollee& pollee, Interest interest) {
  epoll_event event = event_for(pollee, interest);
  return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Poller::change(int descriptor, Pollee& pollee, Interest interest) {
  epoll_event event = event_for(pollee, interest);
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_MOD, descriptor, &event);
}

void Poller::remove(int descriptor) {
  epoll_event unused{};
  ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, descriptor, &unused);
}

void Poller::start() {
  wait();
}

void Poller::stop() {
  boost::system::error_code ignored;
  epoll_.close(ignored);
}

void Poller::wait() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      if (error) return;
                      dispatch();
                      if (epoll_.is_open()) wait();
                    });
}

void Poller::dispatch() {
  std::array<epoll_event, 256> events;
  const int ready = ::epoll_wait(epoll_.native_handle(), events.data(), events.size(), 0);
  for (int i = 0; i < ready; ++i) {
    static_cast<Pollee*>(events[static_cast<std::size_t>(i)].data.ptr)->on_ready();
  }
}

}  // namespace fastness::gateway
