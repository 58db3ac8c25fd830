#include "identity/authority/rotation.h"

#include <algorithm>
#include <array>

namespace fastness::identity {
namespace {

using vault_ipc::ChangeGeneration;
using vault_ipc::Generation;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;

// On the way of a key that never issued to its destruction; nothing once it is there.
std::optional<ChangeGeneration> next_of_discarding(const Generation& generation) {
  switch (generation.state) {
    case GenerationState::staged:
      return ChangeGeneration{generation.id, GenerationState::trusted, std::nullopt};
    case GenerationState::trusted:
      return ChangeGeneration{generation.id, GenerationState::distrusted, std::nullopt};
    case GenerationState::distrusted:
      return ChangeGeneration{generation.id, GenerationState::destroyed, std::nullopt};
    default:
      return std::nullopt;
  }
}

// In an emergency every other key that came between the old one and the new is in doubt too, for it
// was on the same disk. Mostly they were prepared and never issued; one that did, because the
// vault's own time had come, is given up like the old one. What comes after the new one was made
// since: by the vault when the new one's time was over, or on the host of a restore.
std::optional<ChangeGeneration> next_of_clearing(const Rotation& rotation,
                                                 const std::vector<Generation>& list) {
  if (rotation.kind != RotationKind::emergency) return std::nullopt;
  for (const Generation& each : list) {
    if (each.id <= rotation.from || each.id >= rotation.to) continue;
    if (const auto discarding = next_of_discarding(each)) return discarding;
    if (each.state < GenerationState::distrusted) {
      return ChangeGeneration{each.id, GenerationState::distrusted, rotation.board_cut_off};
    }
  }
  return std::nullopt;
}

bool must_be_given_up(const Rotation& rotation, const Generation* from) {
  return rotation.kind == RotationKind::emergency && from != nullptr &&
         from->state < GenerationState::distrusted;
}

}  // namespace

std::string_view to_text(RotationKind kind) {
  return kind == RotationKind::routine ? "routine" : "emergency";
}

std::string_view to_text(RotationStep step) {
  constexpr std::array<std::string_view, 8> kNames{
      "", "preparing", "soaking", "renewing", "discarding", "completed", "aborted", "superseded"};
  return kNames.at(static_cast<std::size_t>(step));
}

const Generation* find_generation(const std::vector<Generation>& list, GenerationId id) {
  const auto found = std::ranges::find(list, id, &Generation::id);
  return found == list.end() ? nullptr : &*found;
}

std::optional<ChangeGeneration> next_change(const Rotation& rotation,
                                            const std::vector<Generation>& list, Timestamp now) {
  const Generation* to = find_generation(list, rotation.to);
  if (is_over(rotation.step)) return std::nullopt;
  if (rotation.step == RotationStep::discarding) {
    return to == nullptr ? std::nullopt : next_of_discarding(*to);
  }
  if (const auto clearing = next_of_clearing(rotation, list)) return clearing;
  if (to == nullptr) return ChangeGeneration{};  // stage it
  if (to->state == GenerationState::staged) {
    return ChangeGeneration{to->id, GenerationState::trusted, std::nullopt};
  }
  // Given up before the new one issues: so the vault makes no OldWithNew for it.
  if (must_be_given_up(rotation, find_generation(list, rotation.from))) {
    return ChangeGeneration{rotation.from, GenerationState::distrusted, rotation.board_cut_off};
  }
  if (to->state == GenerationState::trusted && now >= rotation.issue_at) {
    return ChangeGeneration{to->id, GenerationState::issuing, std::nullopt};
  }
  return std::nullopt;
}

RotationStep step_reached(const Rotation& rotation, const std::vector<Generation>& list) {
  if (is_over(rotation.step)) return rotation.step;
  if (rotation.step == RotationStep::discarding) return RotationStep::aborted;
  const Generation* to = find_generation(list, rotation.to);
  if (to == nullptr || to->state == GenerationState::staged) return RotationStep::preparing;
  return to->state == GenerationState::trusted ? RotationStep::soaking : RotationStep::renewing;
}

}  // namespace fastness::identity
