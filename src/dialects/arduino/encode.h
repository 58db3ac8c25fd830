// Values on their way to boards and their clients, as SenML.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dialects/dialects.h"

namespace fastness::dialects::arduino {

// Boards copy what they receive onto their stack.
constexpr std::size_t kMaxWriteBytes = 1'024;

// Last values should be one message: a board that has the first one begins to publish, and what a
// second one says may come too late to win. So they may be longer, up to what all boards can take.
constexpr std::size_t kMaxLastValuesBytes = 2'048;

// For people's clients, which have room.
constexpr std::size_t kMaxReportBytes = 16'384;

[[nodiscard]] std::vector<Outgoing> last_values(const things::ThingView& thing, LastValuesForm form,
                                                std::span<const WireValue> values,
                                                const things::LocalTime& local_time);
[[nodiscard]] std::vector<Outgoing> writes(const things::ThingView& thing,
                                           std::span<const WireValue> values);
[[nodiscard]] std::vector<Outgoing> reports(const things::ThingView& thing,
                                            std::span<const WireValue> values);
[[nodiscard]] Outgoing time_zone(const things::ThingView& thing,
                                 const things::LocalTime& local_time);

}  // namespace fastness::dialects::arduino
