#pragma once

#include <compare>
#include <functional>
#include <utility>

#include "base/ids/uuid.h"

namespace fastness {

// An identifier which can be confused with no other kind. There is deliberately no conversion back
// to the raw type: code that needs it says `id.value()`, where a reviewer can see it.
//
//   using DeviceId = StrongId<struct DeviceIdTag>;
template <typename Tag, typename Rep = Uuid>
class StrongId {
 public:
  explicit StrongId(Rep value) : value_(std::move(value)) {}

  [[nodiscard]] const Rep& value() const { return value_; }

  friend bool operator==(const StrongId&, const StrongId&) = default;
  friend auto operator<=>(const StrongId&, const StrongId&) = default;  // NOLINT: clang-tidy 14

 private:
  Rep value_;
};

}  // namespace fastness

template <typename Tag, typename Rep>
struct std::hash<fastness::StrongId<Tag, Rep>> {
  std::size_t operator()(const fastness::StrongId<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>{}(id.value());
  }
};
