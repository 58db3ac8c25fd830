// The instance, as far as it concerns whoever has devices on it.
#include <algorithm>

#include "checks/rules.h"

namespace fastness::checks {
namespace {

// A key that was given up vouches for nobody, whoever has it.
bool is_given_up(const Facts& facts, vault_ipc::GenerationId id) {
  const auto found = std::ranges::find(facts.generations, id, &vault_ipc::Generation::id);
  return found != facts.generations.end() && found->distrusted_at.has_value();
}

}  // namespace

Findings find_forgeries(const Facts& facts) {
  if (!facts.forgeries) return std::nullopt;
  std::vector<Finding> findings;
  for (const identity::Forgery& forgery : *facts.forgeries) {
    if (is_given_up(facts, forgery.generation)) continue;
    const std::string number = std::to_string(forgery.generation.value());
    findings.push_back({{Subject::Kind::generation, number, "Generation " + number},
                        State::failed,
                        forgery.first});
  }
  return findings;
}

Findings find_lockdown(const Facts& facts) {
  std::vector<Finding> findings;
  if (facts.locked) {
    const std::string number = std::to_string(facts.locked->generation.value());
    findings.push_back({{Subject::Kind::generation, number, "Generation " + number},
                        State::attention,
                        facts.locked->since});
  }
  return findings;
}

Findings find_silent_channels(const Facts& facts) {
  std::vector<Finding> findings;
  for (const auto& [setting, since] : facts.silent_channels) {
    findings.push_back(
        {{Subject::Kind::server, setting, "Messages by " + setting}, State::failed, since});
  }
  return findings;
}

Findings find_plaintext_listener(const Facts& facts) {
  std::vector<Finding> findings;
  if (facts.is_plaintext_open) {
    findings.push_back({{Subject::Kind::server, "listen.mqtt_plain", "MQTT without TLS"},
                        State::failed,
                        std::nullopt});
  }
  return findings;
}

Findings find_root_key_on_disk(const Facts& facts) {
  std::vector<Finding> findings;
  if (facts.is_root_key_on_disk) {
    findings.push_back({{Subject::Kind::server, "vault.key", "The vault's root key"},
                        State::attention,
                        std::nullopt});
  }
  return findings;
}

// The newest counts: it is the one that would be used.
Findings find_missing_recovery_kit(const Facts& facts) {
  if (!facts.custody) return std::nullopt;
  const auto finding = [](const char* what, std::optional<Timestamp> since) {
    return Finding{{Subject::Kind::server, "recovery-kit", what}, State::attention, since};
  };
  const std::vector<vault_ipc::Kit>& kits = facts.custody->kits;
  if (kits.empty()) return std::vector{finding("There is none", std::nullopt)};
  const vault_ipc::Kit& newest = kits.back();
  std::vector<Finding> findings;
  if (!newest.rehearsed_at) {
    findings.push_back(finding("The newest was never rehearsed", newest.created_at));
  }
  if (facts.custody->owners > newest.owners) {
    findings.push_back(
        finding("The newest lacks organisations or people that came after it", newest.created_at));
  }
  return findings;
}

// Why is the host's business: it says what the host is short of.
Findings find_failing_backups(const Facts& facts) {
  std::vector<Finding> findings;
  if (facts.backups_failing_since) {
    findings.push_back({{Subject::Kind::server, "backups.directory", "Backups by schedule"},
                        State::attention,
                        facts.backups_failing_since});
  }
  if (facts.test_restores_failing_since) {
    findings.push_back({{Subject::Kind::server, "test-restore", "Test restores"},
                        State::attention,
                        facts.test_restores_failing_since});
  }
  return findings;
}

}  // namespace fastness::checks
