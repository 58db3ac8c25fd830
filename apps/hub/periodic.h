#pragma once

#include <chrono>
#include <functional>

#include <boost/asio/steady_timer.hpp>

namespace fastness::hub {

// Runs a task on a loop again and again: the next turn begins `every` after the last one ended.
// Lives on that loop; destroy it there or when the loop has ended.
class Periodic {
 public:
  Periodic(boost::asio::io_context& loop, std::chrono::milliseconds every,
           std::function<void()> task)
      : timer_(loop), every_(every), task_(std::move(task)) {
    wait();
  }

 private:
  void wait() {
    timer_.expires_after(every_);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      task_();
      wait();
    });
  }

  boost::asio::steady_timer timer_;
  std::chrono::milliseconds every_;
  std::function<void()> task_;
};

}  // namespace fastness::hub
