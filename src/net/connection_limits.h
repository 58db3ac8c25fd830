#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <boost/asio/ip/address.hpp>

namespace fastness::net {

// Counts open connections, in total and by address, over all loops that share it. An IPv6 caller is
// counted by its /64, which is what one subscriber gets. Thread-safe.
class ConnectionLimits : public std::enable_shared_from_this<ConnectionLimits> {
 public:
  struct Options {
    std::size_t max_connections = 100'000;
    std::size_t max_per_address = 1'024;
  };

  // A place held by one connection; gives it back when destroyed. Keep it beside the socket.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&&) noexcept = default;
    Slot& operator=(Slot&& other) noexcept;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot();

   private:
    friend class ConnectionLimits;
    Slot(std::shared_ptr<ConnectionLimits> owner, boost::asio::ip::address address)
        : owner_(std::move(owner)), address_(std::move(address)) {}
    void release();

    std::shared_ptr<ConnectionLimits> owner_;  // shared: a slot may outlive its listener
    boost::asio::ip::address address_;
  };

  [[nodiscard]] static std::shared_ptr<ConnectionLimits> create(Options options);

  // A slot for one more connection from `address`, or nothing if a limit is reached.
  [[nodiscard]] std::optional<Slot> take(const boost::asio::ip::address& address);

  [[nodiscard]] std::size_t open() const;

 private:
  explicit ConnectionLimits(Options options) : options_(options) {}
  void release(const boost::asio::ip::address& address);

  Options options_;
  mutable std::mutex mutex_;
  std::size_t open_ = 0;
  std::map<boost::asio::ip::address, std::size_t> by_address_;
};

}  // namespace fastness::net
