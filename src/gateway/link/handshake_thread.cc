#include "gateway/link/handshake_thread.h"

#include <utility>

#include <sys/resource.h>

#include "net/loop.h"

namespace fastness::gateway {
namespace {

// A third of what the loop gets where both want the same core; and whatever nobody else wants.
constexpr int kNice = 5;

// Of the calling thread alone: on Linux that is what a process is to the scheduler.
void give_way() {
  (void)::setpriority(PRIO_PROCESS, 0, kNice);
}

}  // namespace

HandshakeThread::HandshakeThread(std::string name, std::function<void()> on_done)
    : name_(std::move(name)), on_done_(std::move(on_done)) {}

HandshakeThread::~HandshakeThread() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void HandshakeThread::begin(std::uint64_t connection, Transport& transport) {
  if (!thread_.joinable()) thread_ = net::start_loop_thread(name_, [this] { run(); });
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({connection, &transport});
  }
  changed_.notify_one();
}

std::vector<HandshakeThread::Step> HandshakeThread::take_done() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

void HandshakeThread::run() {
  give_way();
  for (Job job{}; next(job);) finish({job.connection, job.transport->handshake()});
}

bool HandshakeThread::next(Job& job) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
  if (is_stopping_) return false;
  job = jobs_.front();
  jobs_.pop_front();
  return true;
}

void HandshakeThread::finish(const Step& step) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = done_.empty();
    done_.push_back(step);
  }
  if (was_empty) on_done_();
}

}  // namespace fastness::gateway
