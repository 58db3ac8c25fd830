// What is known of an erasure, as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/ids/ids.h"

namespace fastness::accounts {

// Who wanted it. The numbers are on disk.
enum class ErasureCause : std::uint8_t {
  person = 1,   // who was erased
  host = 2,     // whoever runs the host
  restore = 3,  // a backup brought back whom the vault knows as erased
};

// How far it is. The numbers are on disk.
enum class ErasureState : std::uint8_t {
  erasing = 1,  // ordered: it goes on after a crash until it is done
  erased = 2,
};

[[nodiscard]] std::string_view to_text(ErasureCause cause);
[[nodiscard]] std::string_view to_text(ErasureState state);

// That a person and the organisation of theirs were erased. It names them by ids that nothing else
// has any more, and stays, so that whoever asks is told when.
struct Erasure {
  OrganisationId organisation;
  UserId user;
  ErasureCause cause = ErasureCause::person;
  ErasureState state = ErasureState::erasing;
  Timestamp begun_at{};
  std::optional<Timestamp> erased_at = {};
};

// From when on no copy is left anywhere, provided that kits and backups of before are destroyed as
// they are due: until then whoever has both can bring the data back. A backup can be read until the
// end of the month that is `backups_kept` after its own.
[[nodiscard]] constexpr Timestamp complete_at(const Erasure& erasure,
                                              std::chrono::months backups_kept) {
  const std::chrono::year_month_day day(
      std::chrono::floor<std::chrono::days>(erasure.erased_at.value_or(erasure.begun_at)));
  const auto first = day.year() / day.month() + backups_kept + std::chrono::months(1);
  return Timestamp(std::chrono::sys_days(first / 1));
}

}  // namespace fastness::accounts
