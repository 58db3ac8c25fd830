#include "identity/detection/clone_watch.h"

#include <algorithm>

namespace fastness::identity {
namespace {

// Two are a device and its copy; more are left for copies of the copy.
constexpr std::size_t kRemembered = 4;

bool has(const std::vector<Network>& networks, const Network& network) {
  return std::ranges::find(networks, network) != networks.end();
}

void remember(std::vector<Network>& networks, const Network& network) {
  if (has(networks, network)) return;
  if (networks.size() == kRemembered) networks.erase(networks.begin());
  networks.push_back(network);
}

}  // namespace

void CloneWatch::connected(OrganisationId organisation, DeviceId device, std::uint64_t connection,
                           std::string_view remote, Timestamp at) {
  const auto network = Network::of(remote);
  if (!network) return;
  const std::vector<Network> others = take_others(device, *network);
  places_.emplace(device, Place{connection, *network, at});
  if (others.empty()) return;
  if (meet(meetings_[device], *network, others, at) && listener_) {
    listener_({organisation, device, std::string(remote)});
  }
}

void CloneWatch::disconnected(DeviceId device, std::uint64_t connection, Ending ending) {
  const auto [begin, end] = places_.equal_range(device);
  const auto found = std::find_if(
      begin, end, [&](const auto& each) { return each.second.connection == connection; });
  if (found == end) return;
  if (ending == Ending::taken_over) {
    found->second.is_displaced = true;
  } else {
    places_.erase(found);
  }
}

// The other networks that the device is on, or was on until this moment.
std::vector<Network> CloneWatch::take_others(DeviceId device, const Network& network) {
  std::vector<Network> others;
  auto [place, end] = places_.equal_range(device);
  while (place != end) {
    if (place->second.network != network) others.push_back(place->second.network);
    place = place->second.is_displaced ? places_.erase(place) : std::next(place);
  }
  return others;
}

// Whether a suspicion begins with this.
bool CloneWatch::meet(Meetings& meetings, const Network& newcomer,
                      const std::vector<Network>& others, Timestamp at) {
  if (at - meetings.window_began > kWindow) {
    meetings.displaced.clear();
    meetings.returns = 0;
    meetings.window_began = at;
  }
  const bool returns = has(meetings.displaced, newcomer);
  for (const Network& other : others) remember(meetings.displaced, other);
  if (!returns) return false;
  if (meetings.flaps_since && at - meetings.last >= kStanding) meetings.flaps_since.reset();
  meetings.last = at;
  if (++meetings.returns < kReturns || meetings.flaps_since) return false;
  meetings.flaps_since = at;
  return true;
}

std::optional<CloneSuspicion> CloneWatch::find(DeviceId device, Timestamp now) const {
  const auto found = meetings_.find(device);
  if (found != meetings_.end() && found->second.flaps_since &&
      now - found->second.last < kStanding) {
    return CloneSuspicion{CloneSign::flapping, *found->second.flaps_since};
  }
  const auto since = apart_since(device, now);
  if (!since) return std::nullopt;
  return CloneSuspicion{CloneSign::apart, *since};
}

// Since when there are two networks, if that is long ago.
std::optional<Timestamp> CloneWatch::apart_since(DeviceId device, Timestamp now) const {
  const auto [begin, end] = places_.equal_range(device);
  const Place* oldest = nullptr;
  for (auto place = begin; place != end; ++place) {
    if (place->second.is_displaced) continue;
    if (oldest == nullptr || place->second.since < oldest->since) oldest = &place->second;
  }
  if (oldest == nullptr) return std::nullopt;
  std::optional<Timestamp> since;
  for (auto place = begin; place != end; ++place) {
    if (place->second.is_displaced || place->second.network == oldest->network) continue;
    since = std::min(since.value_or(place->second.since), place->second.since);
  }
  return since && now - *since >= kLong ? since : std::nullopt;
}

void CloneWatch::prune(Timestamp now) {
  std::erase_if(meetings_, [&](const auto& each) {
    const Meetings& meetings = each.second;
    return now - std::max(meetings.last, meetings.window_began) >= kStanding;
  });
}

}  // namespace fastness::identity
