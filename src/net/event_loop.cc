#include "net/event_loop.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace fastness::net {

using boost::system::error_code;

// A descriptor that is somebody else's: it is let go of, never closed.
class EventLoop::Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(boost::asio::io_context& context, std::function<void()> on_readable)
      : descriptor_(context), on_readable_(std::move(on_readable)) {}
  ~Watch() { end(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  [[nodiscard]] bool begin(int descriptor) {
    error_code error;
    descriptor_.assign(descriptor, error);
    if (!error) wait();
    return !error;
  }

  void end() {
    if (descriptor_.is_open()) descriptor_.release();
  }

 private:
  void wait() {
    descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                           [self = shared_from_this()](error_code error) {
                             if (error || !self->descriptor_.is_open()) return;
                             self->on_readable_();
                             if (self->descriptor_.is_open()) self->wait();
                           });
  }

  boost::asio::posix::stream_descriptor descriptor_;
  std::function<void()> on_readable_;
};

EventLoop::EventLoop(std::string name)
    : name_(std::move(name)), work_(boost::asio::make_work_guard(context_)) {}

EventLoop::~EventLoop() {
  stop();
  join();
}

void EventLoop::start() {
  thread_ = start_loop_thread(name_, [this] { run(); });
}

void EventLoop::run() {
  thread_id_.store(std::this_thread::get_id());
  context_.run();
  thread_id_.store({});
}

std::size_t EventLoop::run_ready() {
  thread_id_.store(std::this_thread::get_id());
  const std::size_t ran = context_.poll();
  thread_id_.store({});
  return ran;
}

void EventLoop::post(Task task) {
  boost::asio::post(context_, [task = std::move(task)]() mutable { task(); });
}

bool EventLoop::watch(int descriptor, std::function<void()> on_readable) {
  auto watch = std::make_shared<Watch>(context_, std::move(on_readable));
  if (!watch->begin(descriptor)) return false;
  watches_[descriptor] = std::move(watch);
  return true;
}

void EventLoop::unwatch(int descriptor) {
  const auto found = watches_.find(descriptor);
  if (found == watches_.end()) return;
  found->second->end();
  watches_.erase(found);
}

void EventLoop::call_after(SteadyTime::duration wait, std::function<void()> call) {
  auto timer = std::make_shared<boost::asio::steady_timer>(context_, wait);  // lives in its handler
  timer->async_wait([timer, call = std::move(call)](error_code error) {
    if (!error) call();
  });
}

void EventLoop::stop() {
  context_.stop();
}

void EventLoop::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace fastness::net
