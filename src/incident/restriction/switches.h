#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "incident/restriction/component.h"
#include "storage/database.h"

namespace fastness::incident {

// Why a component is off. `reason` is the operator's own words, for operators.
struct SwitchedOff {
  Timestamp since{};
  std::string reason;

  friend bool operator==(const SwitchedOff&, const SwitchedOff&) = default;
};

// Which components are off. As with Restrictions, neither a restart nor time puts one on again.
// Lives on the database's executor, but for `is_on`.
class Switches {
 public:
  // `database` must outlive the object. `corrupted` if one is off that this version does not know:
  // it could not keep it off.
  [[nodiscard]] static Result<std::unique_ptr<Switches>> open(storage::Database& database);
  Switches(const Switches&) = delete;
  Switches& operator=(const Switches&) = delete;
  ~Switches() = default;

  // Thread-safe.
  [[nodiscard]] bool is_on(Component component) const;
  [[nodiscard]] bool are_all_on() const { return off_bits_.load() == 0; }

  [[nodiscard]] const std::map<Component, SwitchedOff>& off() const { return off_; }

  // Called after each order that is in force.
  using OnOrder = std::function<void(Component component, bool is_on)>;
  void on_order(OnOrder callback) { on_order_ = std::move(callback); }

  // `invalid_argument` for a reason that check_reason refuses; one is needed to switch off. What is
  // switched off is so from here on even if it could not be written down, which the error then
  // says; what could not be written down is not switched on.
  [[nodiscard]] Result<void> switch_off(Component component, std::string_view reason, Timestamp at);
  [[nodiscard]] Result<void> switch_on(Component component, std::string_view reason, Timestamp at);

 private:
  explicit Switches(storage::Database& database) : database_(database) {}

  [[nodiscard]] Result<void> write(Component component, bool is_on, std::string_view reason,
                                   Timestamp at);
  void publish();

  storage::Database& database_;
  std::map<Component, SwitchedOff> off_;
  std::atomic<std::uint32_t> off_bits_{0};
  OnOrder on_order_;
};

}  // namespace fastness::incident
