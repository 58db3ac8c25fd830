// What each check looks for. Pure; nothing if the facts for it could not be read.
#pragma once

#include <optional>
#include <vector>

#include "checks/check.h"
#include "checks/facts.h"

namespace fastness::checks {

struct Finding {
  Subject subject;
  State state = State::attention;
  std::optional<Timestamp> since;  // if anybody knows
};

using Findings = std::optional<std::vector<Finding>>;

// device_rules.cc
[[nodiscard]] Findings find_clones(const Facts& facts);
[[nodiscard]] Findings find_refused(const Facts& facts);
[[nodiscard]] Findings find_shared_keys(const Facts& facts);
[[nodiscard]] Findings find_ending_certificates(const Facts& facts);
[[nodiscard]] Findings find_failed_renewals(const Facts& facts);
[[nodiscard]] Findings find_old_certificates(const Facts& facts);
[[nodiscard]] Findings find_distrusted_boards(const Facts& facts);
[[nodiscard]] Findings find_chosen_secrets(const Facts& facts);

// key_rules.cc
[[nodiscard]] Findings find_long_lived_keys(const Facts& facts);
[[nodiscard]] Findings find_broad_keys(const Facts& facts);
[[nodiscard]] Findings find_unused_keys(const Facts& facts);

// people_rules.cc
[[nodiscard]] Findings find_unguarded_people(const Facts& facts);

// host_rules.cc
[[nodiscard]] Findings find_forgeries(const Facts& facts);
[[nodiscard]] Findings find_lockdown(const Facts& facts);
[[nodiscard]] Findings find_silent_channels(const Facts& facts);
[[nodiscard]] Findings find_plaintext_listener(const Facts& facts);
[[nodiscard]] Findings find_root_key_on_disk(const Facts& facts);
[[nodiscard]] Findings find_missing_recovery_kit(const Facts& facts);
[[nodiscard]] Findings find_failing_backups(const Facts& facts);

}  // namespace fastness::checks
