#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <boost/asio/ip/address.hpp>

#include "base/clock.h"
#include "net/descriptor_budget.h"
#include "net/pace.h"

namespace fastness::net {

// Counts open connections, in total and by address, over all loops that share it, and how fast each
// address comes. An IPv6 caller is counted by its /64, which is what one subscriber gets.
// Thread-safe.
class ConnectionLimits : public std::enable_shared_from_this<ConnectionLimits> {
  struct Usage {
    std::size_t open = 0;
    Pace pace;
  };
  using Addresses = std::map<boost::asio::ip::address, Usage>;
  using Place = Addresses::iterator;

 public:
  struct Options {
    std::size_t max_connections = 100'000;
    std::size_t max_per_address = 4'096;  // of those not yet settled
    Pace::Allowance pace_of_address{500, 20'000};
    // Shared with the limits of other kinds of callers; none: descriptors are not counted.
    std::shared_ptr<DescriptorBudget> descriptors = nullptr;
    DescriptorBudget::For descriptors_for = DescriptorBudget::For::people;
  };

  // Why there is no slot.
  enum class Refusal : std::uint8_t {
    all_connections,
    connections_of_address,
    rate_of_address,
    no_proxy_header,  // a proxy said nothing, or nonsense, about whose connection it passes on
    no_descriptor,    // none is left for it; if the process has none at all, it waits in the kernel
  };
  // Told of each refusal, on the thread that asked.
  using OnRefusal = std::function<void(Refusal)>;

  // A place held by one connection; gives it back when destroyed. Keep it beside the socket.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&&) noexcept = default;
    Slot& operator=(Slot&& other) noexcept;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot();

    // The caller has proved who it is: from now on it counts for the total only. A whole site may
    // stand behind one address, and what is proved has quotas of its own.
    void settle();

   private:
    friend class ConnectionLimits;
    Slot(std::shared_ptr<ConnectionLimits> owner, Place place)
        : owner_(std::move(owner)), place_(place) {}
    void release();

    std::shared_ptr<ConnectionLimits> owner_;  // shared: a slot may outlive its listener
    Place place_;                              // good while there is an owner
  };

  [[nodiscard]] static std::shared_ptr<ConnectionLimits> create(Options options,
                                                                OnRefusal on_refusal = nullptr);

  // A slot for one more connection from `address`, or nothing if a limit is reached.
  [[nodiscard]] std::optional<Slot> take(const boost::asio::ip::address& address, SteadyTime now);

  // Tells of a refusal that somebody else had to make.
  void note(Refusal why) const {
    if (on_refusal_) on_refusal_(why);
  }

  [[nodiscard]] std::size_t open() const;

 private:
  ConnectionLimits(Options options, OnRefusal on_refusal)
      : options_(std::move(options)), on_refusal_(std::move(on_refusal)) {}
  [[nodiscard]] std::optional<Refusal> check(const Usage& usage, SteadyTime now) const;
  [[nodiscard]] bool take_descriptor() const;
  [[nodiscard]] Place settle(Place place);
  void release(Place place);
  void forget_rested(SteadyTime now);

  Options options_;
  const OnRefusal on_refusal_;
  mutable std::mutex mutex_;
  std::size_t open_ = 0;
  Addresses by_address_;          // open ones, and those that have not rested
  std::size_t sweep_at_ = 1'024;  // how many addresses make it worth looking for rested ones
};

}  // namespace fastness::net
