// For the .cc files of this folder only.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fastness::http_server {

// For `co_await`: the error is a value, as all others are.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

// Where a value arrives that a coroutine waits for. Lives on the web loop; other threads know it by
// a weak pointer that they only follow there.
template <typename T>
class Mailbox {
 public:
  explicit Mailbox(boost::asio::io_context& context) : arrived_(context) {}

  // The first value counts.
  void put(T value) {
    if (value_) return;
    value_ = std::move(value);
    arrived_.cancel();
  }

  // Nothing if the time is up.
  boost::asio::awaitable<std::optional<T>> take(std::chrono::milliseconds patience) {
    if (!value_) {
      arrived_.expires_after(patience);
      co_await arrived_.async_wait(kAwait);
    }
    co_return std::move(value_);
  }

 private:
  boost::asio::steady_timer arrived_;
  std::optional<T> value_;
};

}  // namespace fastness::http_server
