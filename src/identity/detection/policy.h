// What is done by itself about what was noticed: by choice of the host's owner, for it is felt by
// devices that did nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "vault_ipc/messages/messages.h"

namespace fastness::identity {

struct ForgeryAlarm;

enum class OnForgery : std::uint8_t {
  alarm,     // a person decides
  rotate,    // the key is given up and replaced, once for each generation
  lockdown,  // nothing new is let in until the host's owner says so
};

enum class OnSecondRenewal : std::uint8_t {
  alarm,
  quarantine,  // the device, whose key two may hold
};

struct DetectionPolicy {
  OnForgery on_forgery = OnForgery::alarm;
  OnSecondRenewal on_second_renewal = OnSecondRenewal::alarm;
};

enum class ForgeryResponse : std::uint8_t {
  nothing,
  replace,  // an emergency rotation
  give_up,  // the key issues no more, so nothing has to take its place
  lock,     // enrolment
};

// What the policy wants done about this alarm. Nothing while it is only suspected, and nothing once
// the generation was given up: so a rotation is done once, whatever a thief goes on signing, and a
// lockdown that was ended while the key still counts is one again at its next use. Ledgered boards
// are kept. Pure.
[[nodiscard]] ForgeryResponse response_to(const ForgeryAlarm& alarm, OnForgery policy,
                                          const std::vector<vault_ipc::Generation>& list);

}  // namespace fastness::identity
