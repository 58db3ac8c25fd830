#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dialects/action.h"
#include "things/model/snapshot.h"

namespace fastness::dialects::testing {

inline constexpr std::string_view kDevice = "11111111-2222-3333-4444-555555555555";
inline constexpr std::string_view kThing = "e4494d55-872a-4fd2-9646-92f87949394c";
inline constexpr std::string_view kSpareDevice = "22222222-2222-3333-4444-555555555555";
inline constexpr std::string_view kSpareThing = "bbbbbbbb-0000-0000-0000-000000000001";
inline constexpr std::string_view kNeighbour = "33333333-2222-3333-4444-555555555555";
inline constexpr std::string_view kNeighboursThing = "cccccccc-0000-0000-0000-000000000001";

// Two organisations. Ours has a device with the thing "greenhouse", a device without a thing, and
// the thing "spare" without a device. The neighbours have a device with a thing "greenhouse".
struct Greenhouse {
  Greenhouse();

  // The properties of our greenhouse, by variable name.
  [[nodiscard]] PropertyId property(std::string_view name) const;

  OrganisationId ours;
  OrganisationId theirs;
  Speaker board;                                   // our device
  Speaker spare;                                   // our device without a thing
  Speaker person;                                  // one of us
  Speaker onlooker;                                // one of us who may only read
  Speaker neighbour;                               // their device
  Speaker stranger;                                // one of them
  std::shared_ptr<const things::ThingView> thing;  // our greenhouse
  std::shared_ptr<const things::ThingsSnapshot> snapshot;
};

// The one action of this kind, of which there must be exactly one and nothing else.
template <typename T>
const T* only(const std::vector<Action>& actions) {
  return actions.size() == 1 ? std::get_if<T>(&actions[0]) : nullptr;
}

}  // namespace fastness::dialects::testing
