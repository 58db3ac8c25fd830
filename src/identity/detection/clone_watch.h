#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "identity/detection/network.h"

namespace fastness::identity {

// Why one identity seems to be in two places.
enum class CloneSign : std::uint8_t {
  apart,     // connected from two networks at once, for long
  flapping,  // two networks take the connection from each other, again and again
};

struct CloneSuspicion {
  CloneSign sign;
  Timestamp since;
};

// For the audit trail: told once, when a suspicion of flapping begins.
struct CloneAlarm {
  OrganisationId organisation;
  DeviceId device;
  std::string remote;  // who took the connection last
};

// Notices an identity that is in two places. A copied key passes the admission rule, so what gives
// it away is that device and copy are there at the same time: they throw each other out, and each
// comes back. A device that moves leaves a dead connection behind, and does not come back to it.
// Lives on the control thread; holds one entry for each connection, and one for each device that
// was in two places within kStanding.
class CloneWatch {
 public:
  // A network that was displaced and displaces in turn has returned. So often within kWindow, it is
  // no device that moves: one between two radios may do it once or twice.
  static constexpr std::uint32_t kReturns = 3;
  static constexpr std::chrono::hours kWindow{1};
  // A connection that was left behind is found dead sooner than that, unless it is asked not to be.
  static constexpr std::chrono::hours kLong{1};
  // How long a suspicion of flapping stands after its last sign.
  static constexpr std::chrono::hours kStanding{24};

  enum class Ending : bool { other, taken_over };

  // In the order in which it happens. A connection that is taken over ends before its successor
  // begins.
  void connected(OrganisationId organisation, DeviceId device, std::uint64_t connection,
                 std::string_view remote, Timestamp at);
  void disconnected(DeviceId device, std::uint64_t connection, Ending ending);

  // The owner has acted: what was seen until now says nothing about the device as it is.
  void forget(DeviceId device) { meetings_.erase(device); }

  [[nodiscard]] std::optional<CloneSuspicion> find(DeviceId device, Timestamp now) const;

  // Forgets what is over. Every now and then.
  void prune(Timestamp now);

  // One listener.
  void on_alarm(std::function<void(const CloneAlarm&)> listener) {
    listener_ = std::move(listener);
  }

 private:
  struct Place {
    std::uint64_t connection;
    Network network;
    Timestamp since;
    bool is_displaced = false;  // its successor is about to come
  };
  struct Meetings {
    std::vector<Network> displaced;  // the last few that had to go
    std::uint32_t returns = 0;
    Timestamp window_began{};
    Timestamp last{};  // return
    std::optional<Timestamp> flaps_since;
  };

  [[nodiscard]] std::vector<Network> take_others(DeviceId device, const Network& network);
  [[nodiscard]] static bool meet(Meetings& meetings, const Network& newcomer,
                                 const std::vector<Network>& others, Timestamp at);
  [[nodiscard]] std::optional<Timestamp> apart_since(DeviceId device, Timestamp now) const;

  std::unordered_multimap<DeviceId, Place> places_;
  std::unordered_map<DeviceId, Meetings> meetings_;
  std::function<void(const CloneAlarm&)> listener_;
};

}  // namespace fastness::identity
