#include "net/event_loop.h"

#include <csignal>

#include <pthread.h>

namespace fastness::net {
namespace {

// A turn ends after so many handlers even if more are ready, so that handlers which keep posting
// cannot starve the hook that writes to the network.
constexpr std::size_t kMaxHandlersPerTurn = 1024;

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

void name_this_thread(const std::string& name) {
  constexpr std::size_t kKernelLimit = 15;
  pthread_setname_np(pthread_self(), name.substr(0, kKernelLimit).c_str());
}

EventLoop::EventLoop(std::string name)
    : name_(std::move(name)), work_(boost::asio::make_work_guard(context_)) {}

EventLoop::~EventLoop() {
  stop();
  join();
}

void EventLoop::start() {
  thread_ = std::thread([this] {
    block_signals();
    name_this_thread(name_);
    run();
  });
}

void EventLoop::run() {
  thread_id_.store(std::this_thread::get_id());
  while (context_.run_one() != 0) finish_turn();
  thread_id_.store({});
}

std::size_t EventLoop::run_ready() {
  thread_id_.store(std::this_thread::get_id());
  std::size_t ran = 0;
  while (context_.poll_one() != 0) ++ran;
  if (ran != 0 && turn_end_) turn_end_();
  thread_id_.store({});
  return ran;
}

void EventLoop::finish_turn() {
  for (std::size_t ran = 1; ran < kMaxHandlersPerTurn; ++ran) {
    if (context_.poll_one() == 0) break;
  }
  if (turn_end_) turn_end_();
}

void EventLoop::stop() {
  context_.stop();
}

void EventLoop::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace fastness::net
