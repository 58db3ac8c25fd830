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

// How long copies of the data from before may still be kept: backups, and the kits that open them.
inline constexpr std::chrono::days kBackupsKept{365};

// From when on no copy is left anywhere, provided that kits and backups of before are destroyed as
// they are due: until then whoever has both can bring the data back.
[[nodiscard]] constexpr Timestamp complete_at(const Erasure& erasure,
                                              std::chrono::days backups_kept = kBackupsKept) {
  return erasure.erased_at.value_or(erasure.begun_at) + backups_kept;
}

}  // namespace fastness::accounts
