#include "identity/authority/progress.h"

#include <algorithm>

namespace fastness::identity {
namespace {

using vault_ipc::Generation;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::Profile;

bool counts(const DeviceStanding& device) {
  return device.newest && !device.newest->is_revoked && device.state != IdentityState::revoked;
}

bool is_given_up(const std::vector<Generation>& list, GenerationId id) {
  const Generation* found = find_generation(list, id);
  return found != nullptr && found->state >= GenerationState::distrusted;
}

StragglerReason reason_of(const DeviceStanding& device, const std::vector<Generation>& list,
                          Timestamp since, const LastSeen& last_seen) {
  if (device.state == IdentityState::quarantined) return StragglerReason::quarantined;
  if (device.state == IdentityState::suspended) return StragglerReason::suspended;
  if (!device.renews_itself) {
    if (device.newest->profile == Profile::board) return StragglerReason::by_hand;
    if (is_given_up(list, device.newest->generation)) return StragglerReason::shut_out;
  }
  const auto seen = last_seen(device);
  return seen && *seen >= since ? StragglerReason::due : StragglerReason::not_seen;
}

// Since when devices can come for a certificate of the issuing generation.
Timestamp begin_of(const Generation* issuing, const Rotation* rotation) {
  if (rotation != nullptr && issuing != nullptr && rotation->to == issuing->id) {
    return std::max(rotation->began_at, rotation->issue_at);
  }
  return issuing != nullptr ? issuing->created_at : Timestamp();
}

std::optional<Timestamp> estimate(std::size_t came, std::size_t to_come, Timestamp first,
                                  Timestamp now) {
  const auto elapsed = now - first;
  if (came < 2 || to_come == 0 || elapsed.count() <= 0) return std::nullopt;
  const double each = static_cast<double>(elapsed.count()) / static_cast<double>(came);
  const auto rest = static_cast<std::int64_t>(each * static_cast<double>(to_come));
  return now + std::chrono::microseconds(rest);
}

}  // namespace

std::string_view to_text(StragglerReason reason) {
  switch (reason) {
    case StragglerReason::due:
      return "due";
    case StragglerReason::not_seen:
      return "not_seen";
    case StragglerReason::suspended:
      return "suspended";
    case StragglerReason::quarantined:
      return "quarantined";
    case StragglerReason::by_hand:
      return "by_hand";
    case StragglerReason::shut_out:
      return "shut_out";
  }
  return "due";
}

Progress progress_of(const std::vector<DeviceStanding>& devices,
                     const std::vector<Generation>& list, const Rotation* rotation,
                     const LastSeen& last_seen, Timestamp now) {
  const auto found = std::ranges::find(list, GenerationState::issuing, &Generation::state);
  const Generation* issuing = found == list.end() ? nullptr : &*found;
  const Timestamp since = begin_of(issuing, rotation);
  Progress progress;
  std::size_t came = 0;  // since then
  Timestamp first = now;
  for (const DeviceStanding& device : devices) {
    if (!device.newest) ++progress.without_certificate;
    if (!counts(device)) continue;
    ++progress.with_certificate;
    Progress::OfGeneration& of = progress.by_generation[device.newest->generation];
    ++of.devices;
    if (device.newest->profile == Profile::board) ++of.boards;
    if (issuing == nullptr || device.newest->generation != issuing->id) {
      const StragglerReason reason = reason_of(device, list, since, last_seen);
      ++progress.stragglers[reason];
      ++of.stragglers[reason];
      continue;
    }
    ++progress.renewed;
    if (device.newest->issued_at < since) continue;
    ++came;
    first = std::min(first, device.newest->issued_at);
  }
  const auto waiting = [&](StragglerReason reason) {
    const auto entry = progress.stragglers.find(reason);
    return entry == progress.stragglers.end() ? 0 : entry->second;
  };
  progress.estimated_end = estimate(
      came, waiting(StragglerReason::due) + waiting(StragglerReason::not_seen), first, now);
  return progress;
}

bool is_complete(const std::vector<DeviceStanding>& devices, const Rotation& rotation,
                 Timestamp now) {
  const bool waits_for_boards = rotation.kind == RotationKind::emergency &&
                                !(rotation.board_cut_off && now >= *rotation.board_cut_off);
  return std::ranges::none_of(devices, [&](const DeviceStanding& device) {
    if (!counts(device) || device.newest->generation >= rotation.to) return false;
    if (device.newest->not_after < now) return false;
    return device.newest->profile == Profile::standard || waits_for_boards;
  });
}

std::size_t count_dependants(const std::vector<DeviceStanding>& devices,
                             const Generation& generation, Timestamp now) {
  const bool is_cut_off = generation.board_cut_off && now >= *generation.board_cut_off;
  const auto depends = [&](const DeviceStanding& device) {
    return counts(device) && device.newest->generation == generation.id &&
           device.newest->not_after >= now && device.newest->profile == Profile::board &&
           !is_cut_off;
  };
  return static_cast<std::size_t>(std::ranges::count_if(devices, depends));
}

}  // namespace fastness::identity
