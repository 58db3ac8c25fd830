#include "net/poll_loop.h"

#include <algorithm>
#include <array>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace fastness::net {
namespace {

// Timers go by the system's time in tests too: they only say when to look.
SteadyTime system_now() {
  return SystemClock().steady();
}

// How often a turn asks the kernel, and how many sockets that are ready at once make it ask again.
constexpr int kRoundsPerTurn = 4;
constexpr std::size_t kUnderLoad = 2;

epoll_event event_for(PollLoop::Pollee& pollee, PollLoop::Interest interest) {
  using Interest = PollLoop::Interest;
  epoll_event event{};
  const bool read = interest == Interest::read || interest == Interest::read_write;
  const bool write = interest == Interest::write || interest == Interest::read_write;
  event.events = (read ? static_cast<std::uint32_t>(EPOLLIN | EPOLLRDHUP) : 0U) |
                 (write ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  event.data.ptr = &pollee;
  return event;
}

}  // namespace

class PollLoop::Watch final : public Pollee {
 public:
  explicit Watch(std::function<void()> on_readable) : on_readable_(std::move(on_readable)) {}
  void on_ready() override {
    if (is_active_) on_readable_();
  }
  void retire() { is_active_ = false; }

 private:
  std::function<void()> on_readable_;
  bool is_active_ = true;
};

Result<std::unique_ptr<PollLoop>> PollLoop::create(std::string name) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  const int alarm = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (epoll >= 0 && alarm >= 0) {
    // Edge-triggered: each write to it is an event, and none needs to be read away.
    epoll_event event{};
    event.events = static_cast<std::uint32_t>(EPOLLIN) | static_cast<std::uint32_t>(EPOLLET);
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, alarm, &event) == 0) {
      return std::unique_ptr<PollLoop>(new PollLoop(std::move(name), epoll, alarm));
    }
  }
  if (epoll >= 0) ::close(epoll);
  if (alarm >= 0) ::close(alarm);
  return fail(Errc::unavailable, "no descriptor for an event loop");
}

PollLoop::PollLoop(std::string name, int epoll, int alarm)
    : name_(std::move(name)), epoll_(epoll), alarm_(alarm) {}

PollLoop::~PollLoop() {
  stop();
  join();
  ::close(alarm_);
  ::close(epoll_);
}

// --- sockets ------------------------------------------------------------------------------------

bool PollLoop::add(int descriptor, Pollee& pollee, Interest interest) {
  epoll_event event = event_for(pollee, interest);
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void PollLoop::change(int descriptor, Pollee& pollee, Interest interest) {
  epoll_event event = event_for(pollee, interest);
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
}

void PollLoop::remove(int descriptor) {
  epoll_event unused{};
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, &unused);
}

bool PollLoop::watch(int descriptor, std::function<void()> on_readable) {
  auto watch = std::make_unique<Watch>(std::move(on_readable));
  if (!add(descriptor, *watch, Interest::read)) return false;
  watches_[descriptor] = std::move(watch);
  return true;
}

void PollLoop::unwatch(int descriptor) {
  const auto found = watches_.find(descriptor);
  if (found == watches_.end()) return;
  remove(descriptor);
  found->second->retire();
  retired_.push_back(std::move(found->second));
  watches_.erase(found);
}

// --- turns --------------------------------------------------------------------------------------

void PollLoop::start() {
  thread_ = start_loop_thread(name_, [this] { run(); });
}

void PollLoop::run() {
  thread_id_.store(std::this_thread::get_id());
  while (!is_stopped_.load(std::memory_order_relaxed)) {
    turn(Wait::until_ready);
    if (work_ && !is_held_awake_) let_work_gather();
  }
  thread_id_.store({});
}

std::size_t PollLoop::run_ready() {
  thread_id_.store(std::this_thread::get_id());
  const std::size_t ran = turn(Wait::no);
  thread_id_.store({});
  return ran;
}

void PollLoop::stop() {
  is_stopped_.store(true);
  post([] {});
}

void PollLoop::join() {
  if (thread_.joinable()) thread_.join();
}

void PollLoop::coalesce(SteadyTime::duration window, std::function<std::uint64_t()> work) {
  coalescing_ = Coalescing(window);
  work_ = window.count() == 0 ? nullptr : std::move(work);
}

void PollLoop::let_work_gather() {
  const auto sleep = coalescing_.after_turn(work_(), system_now());
  if (sleep.count() != 0 && !used_spare_time_) std::this_thread::sleep_for(sleep);
}

std::size_t PollLoop::turn(Wait wait) {
  const bool goes_on = std::exchange(used_spare_time_, false);
  std::size_t ready = dispatch(goes_on || wait == Wait::no ? 0 : milliseconds_to_wait());
  std::size_t ran = ready + (goes_on ? 1 : 0);
  // Under load more has come meanwhile: it shares this turn's end, its commit and its writes.
  for (int round = 1; round < kRoundsPerTurn && ready >= kUnderLoad; ++round) {
    ready = dispatch(0);
    ran += ready;
  }
  ran += run_tasks() + run_timers();
  if (ran != 0 && turn_end_) turn_end_();
  if (ran != 0 && spare_time_) used_spare_time_ = spare_time_();
  retired_.clear();
  return ran;
}

int PollLoop::milliseconds_to_wait() {
  {
    const std::lock_guard lock(mutex_);
    if (!tasks_.empty()) return 0;
  }
  if (timers_.empty()) return -1;
  constexpr std::chrono::milliseconds kLongest{std::chrono::minutes{1}};
  const auto left = timers_.begin()->first - system_now();
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(left);
  return static_cast<int>(std::clamp(rounded, std::chrono::milliseconds{0}, kLongest).count());
}

std::size_t PollLoop::dispatch(int milliseconds) {
  std::array<epoll_event, 256> events;
  const int ready = ::epoll_wait(epoll_, events.data(), events.size(), milliseconds);
  std::size_t ran = 0;
  for (int i = 0; i < ready; ++i) {
    void* const pollee = events[static_cast<std::size_t>(i)].data.ptr;
    if (pollee == nullptr) continue;  // the alarm, which stands for the tasks
    static_cast<Pollee*>(pollee)->on_ready();
    ++ran;
  }
  return ran;
}

// --- tasks and time -----------------------------------------------------------------------------

void PollLoop::post(Task task) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (!was_empty || is_current()) return;  // it looks before it waits
  const std::uint64_t one = 1;
  // It fails only when the counter is full, and then the loop has been woken already.
  [[maybe_unused]] const auto written = ::write(alarm_, &one, sizeof one);
}

// What a task posts runs in the next turn, so that none can keep the hook from running.
std::size_t PollLoop::run_tasks() {
  {
    const std::lock_guard lock(mutex_);
    running_.swap(tasks_);
  }
  for (Task& task : running_) task();
  const std::size_t ran = running_.size();
  running_.clear();
  return ran;
}

void PollLoop::call_after(SteadyTime::duration wait, std::function<void()> call) {
  timers_.emplace(system_now() + wait, std::move(call));
}

std::size_t PollLoop::run_timers() {
  if (timers_.empty()) return 0;
  const SteadyTime now = system_now();
  std::size_t ran = 0;
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const auto timer = timers_.extract(timers_.begin());
    timer.mapped()();
    ++ran;
  }
  return ran;
}

}  // namespace fastness::net
