// One change of the issuing key, from its order to its end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::identity {

// Both take the same steps. The numbers are stored.
enum class RotationKind : std::uint8_t {
  routine = 1,    // the new key is known for a while before it issues; the old one retires
  emergency = 2,  // the old key may be in somebody's hands: it is given up, and at once
};

// How far a rotation is. The numbers are stored.
enum class RotationStep : std::uint8_t {
  preparing = 1,   // the new key is made and made known
  soaking = 2,     // known, and not issuing yet
  renewing = 3,    // issuing; devices come for new certificates
  discarding = 4,  // given up before it issued: the new key is being destroyed
  completed = 5,   // every device that can has come
  aborted = 6,
  superseded = 7,  // another rotation took its place
};

[[nodiscard]] std::string_view to_text(RotationKind kind);
[[nodiscard]] std::string_view to_text(RotationStep step);

[[nodiscard]] constexpr bool is_over(RotationStep step) {
  return step >= RotationStep::completed;
}

// What was ordered, and how far it is. It says where to go; what has been done is in the vault's
// list of generations and nowhere else, so that the two cannot disagree after a crash.
struct Rotation {
  std::int64_t number = 0;  // counts from 1; 0 is none that was stored
  RotationKind kind = RotationKind::routine;
  vault_ipc::GenerationId from{0};
  vault_ipc::GenerationId to{0};
  Timestamp began_at{};
  Timestamp issue_at{};                    // the end of the soak
  std::optional<Timestamp> board_cut_off;  // of `from`, in an emergency; none: no end
  std::string reason;
  RotationStep step = RotationStep::preparing;
  std::optional<Timestamp> ended_at;

  friend bool operator==(const Rotation&, const Rotation&) = default;
};

// The generation of that number; null if there is none.
[[nodiscard]] const vault_ipc::Generation* find_generation(
    const std::vector<vault_ipc::Generation>& list, vault_ipc::GenerationId id);

// The next change to ask the vault for; nothing if there is none to ask for now. Pure: after a
// crash at any place, asking again goes on from there.
[[nodiscard]] std::optional<vault_ipc::ChangeGeneration> next_change(
    const Rotation& rotation, const std::vector<vault_ipc::Generation>& list, Timestamp now);

// Where the rotation is when there is nothing to ask for.
[[nodiscard]] RotationStep step_reached(const Rotation& rotation,
                                        const std::vector<vault_ipc::Generation>& list);

}  // namespace fastness::identity
