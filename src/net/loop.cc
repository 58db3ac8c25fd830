#include "net/loop.h"

#include <csignal>

#include <pthread.h>

namespace fastness::net {
namespace {

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

std::thread start_loop_thread(const std::string& name, std::function<void()> run) {
  return std::thread([name, run = std::move(run)] {
    block_signals();
    name_this_thread(name);
    run();
  });
}

}  // namespace fastness::net
