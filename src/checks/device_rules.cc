// Devices: their certificates, keys and secrets, and who else may have them.
#include <algorithm>
#include <functional>

#include "checks/rules.h"

namespace fastness::checks {
namespace {

using identity::DeviceStanding;
using identity::IdentityState;
using vault_ipc::Generation;

// As on the first page: long enough to go to a board.
constexpr std::chrono::days kSoon{14};
constexpr std::chrono::days kOld{365};

// What a rule says of one device: how bad it is, and since when.
struct Verdict {
  State state;
  std::optional<Timestamp> since;
};
using Judge = std::function<std::optional<Verdict>(const identity::ExaminedDevice&)>;

Findings judge_devices(const Facts& facts, const Judge& judge) {
  if (!facts.devices) return std::nullopt;
  std::vector<Finding> findings;
  for (const Device& device : *facts.devices) {
    const auto verdict = judge(device.examined);
    if (!verdict) continue;
    findings.push_back(
        {{Subject::Kind::device, device.examined.standing.device.value().to_text(), device.name},
         verdict->state,
         verdict->since});
  }
  return findings;
}

// The certificate that the device comes in with; null if there is none.
const DeviceStanding::Newest* certificate_in_use(const DeviceStanding& standing) {
  if (standing.state != IdentityState::active || !standing.newest) return nullptr;
  return standing.newest->is_revoked ? nullptr : &*standing.newest;
}

const Generation* find_generation(const Facts& facts, vault_ipc::GenerationId id) {
  const auto found = std::ranges::find(facts.generations, id, &Generation::id);
  return found == facts.generations.end() ? nullptr : &*found;
}

}  // namespace

Findings find_clones(const Facts& facts) {
  return judge_devices(facts, [](const identity::ExaminedDevice& device) -> std::optional<Verdict> {
    if (!device.clone) return std::nullopt;
    const bool flaps = device.clone->sign == identity::CloneSign::flapping;
    return Verdict{flaps ? State::failed : State::attention, device.clone->since};
  });
}

Findings find_refused(const Facts& facts) {
  return judge_devices(facts, [](const identity::ExaminedDevice& device) -> std::optional<Verdict> {
    if (!device.refused) return std::nullopt;
    // A pause is no accusation: its owner knows the device.
    const bool is_paused = device.refused->reason == identity::RefusalReason::suspended;
    return Verdict{is_paused ? State::attention : State::failed, device.refused->first};
  });
}

Findings find_shared_keys(const Facts& facts) {
  return judge_devices(facts, [](const identity::ExaminedDevice& device) -> std::optional<Verdict> {
    if (!device.shares_key) return std::nullopt;
    return Verdict{State::failed, std::nullopt};
  });
}

Findings find_ending_certificates(const Facts& facts) {
  const auto judge = [&](const identity::ExaminedDevice& device) -> std::optional<Verdict> {
    const auto* certificate = certificate_in_use(device.standing);
    // A device that has a secret key comes in by that.
    if (certificate == nullptr || device.has_secret) return std::nullopt;
    if (certificate->not_after <= facts.now) {
      return Verdict{State::failed, certificate->not_after};
    }
    if (certificate->not_after - kSoon > facts.now) return std::nullopt;
    return Verdict{State::attention, certificate->not_after - kSoon};
  };
  return judge_devices(facts, judge);
}

Findings find_failed_renewals(const Facts& facts) {
  return judge_devices(facts, [](const identity::ExaminedDevice& device) -> std::optional<Verdict> {
    if (!device.renewal_faults) return std::nullopt;
    return Verdict{State::attention, device.renewal_faults->first};
  });
}

Findings find_old_certificates(const Facts& facts) {
  const auto judge = [&](const identity::ExaminedDevice& device) -> std::optional<Verdict> {
    const auto* certificate = certificate_in_use(device.standing);
    if (certificate == nullptr || certificate->issued_at + kOld > facts.now) return std::nullopt;
    return Verdict{State::attention, certificate->issued_at + kOld};
  };
  return judge_devices(facts, judge);
}

Findings find_distrusted_boards(const Facts& facts) {
  const auto judge = [&](const identity::ExaminedDevice& device) -> std::optional<Verdict> {
    const auto* certificate = certificate_in_use(device.standing);
    if (certificate == nullptr) return std::nullopt;
    const Generation* generation = find_generation(facts, certificate->generation);
    if (generation == nullptr || !generation->distrusted_at) return std::nullopt;
    if (identity::has_lapsed(*generation, certificate->profile, facts.now)) return std::nullopt;
    return Verdict{State::attention, generation->distrusted_at};
  };
  return judge_devices(facts, judge);
}

Findings find_chosen_secrets(const Facts& facts) {
  return judge_devices(facts, [](const identity::ExaminedDevice& device) -> std::optional<Verdict> {
    if (!device.secret_was_chosen) return std::nullopt;
    return Verdict{State::attention, std::nullopt};
  });
}

}  // namespace fastness::checks
