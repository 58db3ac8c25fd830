// API keys: for how long, for what, and whether anybody needs them.
#include <functional>

#include "checks/rules.h"

namespace fastness::checks {
namespace {

using accounts::ApiKey;
using accounts::Scope;

constexpr std::chrono::days kYear{366};
constexpr std::chrono::days kUnused{60};  // a month before it ends by itself

// Whoever has all of these can change whatever a key can change.
constexpr accounts::Scopes kEveryChange{Scope::devices_write, Scope::devices_enrol,
                                        Scope::things_write, Scope::values_write};

// Since when the key is as a rule says; nothing if it is not. What has ended harms nobody.
using SinceWhen = std::function<std::optional<Timestamp>(const ApiKey&)>;

Findings judge_keys(const Facts& facts, const SinceWhen& since_when) {
  std::vector<Finding> findings;
  for (const ApiKey& key : facts.api_keys) {
    if (key.use == accounts::KeyUse::honey) continue;  // it opens nothing
    if (accounts::state_of(key, facts.now) != accounts::KeyState::live) continue;
    const auto since = since_when(key);
    if (!since) continue;
    findings.push_back(
        {{Subject::Kind::api_key, key.client_id, key.name}, State::attention, since});
  }
  return findings;
}

}  // namespace

Findings find_long_lived_keys(const Facts& facts) {
  return judge_keys(facts, [](const ApiKey& key) -> std::optional<Timestamp> {
    if (key.expires_at - key.created_at <= kYear) return std::nullopt;
    return key.created_at;
  });
}

Findings find_broad_keys(const Facts& facts) {
  return judge_keys(facts, [](const ApiKey& key) -> std::optional<Timestamp> {
    if (!key.scopes.includes(kEveryChange)) return std::nullopt;
    return key.created_at;
  });
}

Findings find_unused_keys(const Facts& facts) {
  return judge_keys(facts, [&](const ApiKey& key) -> std::optional<Timestamp> {
    const Timestamp last = key.last_used_at.value_or(key.created_at);
    if (last + kUnused > facts.now) return std::nullopt;
    return last;
  });
}

}  // namespace fastness::checks
