#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "incident/restriction/level.h"
#include "storage/database.h"

namespace fastness::incident {

// What is in force, and why. `reason` is the operator's own words, for operators.
struct Restriction {
  Level level = Level::normal;
  Timestamp since{};
  std::string reason;
};

// The level in force. On the disk before it counts as ordered: neither a restart nor time ends it,
// only another order. Lives on the database's executor, but for `level`.
class Restrictions {
 public:
  static constexpr std::size_t kLastOrders = 20;

  // `database` must outlive the object.
  [[nodiscard]] static Result<std::unique_ptr<Restrictions>> open(storage::Database& database);
  Restrictions(const Restrictions&) = delete;
  Restrictions& operator=(const Restrictions&) = delete;
  ~Restrictions() = default;

  [[nodiscard]] const Restriction& now() const { return orders_.front(); }
  // The newest first; `now` is the first, the others are what was before. A few.
  [[nodiscard]] const std::deque<Restriction>& last_orders() const { return orders_; }
  // Thread-safe.
  [[nodiscard]] Level level() const { return level_.load(); }

  // Called, after each order that is in force, with the level before it.
  using OnOrder = std::function<void(Level before, Level now)>;
  void on_order(OnOrder callback) { on_order_ = std::move(callback); }

  // Puts a level in force. `invalid_argument` for a reason that check_reason refuses; one is needed
  // for a restriction, which holds from here on even if it could not be written down, as the error
  // then says; an end does not.
  [[nodiscard]] Result<void> order(Level level, std::string_view reason, Timestamp at);

 private:
  explicit Restrictions(storage::Database& database) : database_(database) {}

  [[nodiscard]] Result<void> write(const Restriction& ordered);
  void put_in_force(Restriction ordered);

  storage::Database& database_;
  std::deque<Restriction> orders_{Restriction{}};  // never empty
  std::atomic<Level> level_{Level::normal};
  OnOrder on_order_;
};

}  // namespace fastness::incident
