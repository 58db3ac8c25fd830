// Rights to single things, beyond what a role gives to all of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/api_keys/scope.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/result.h"

namespace fastness::accounts {

// What somebody may do with one thing. The greater one may all that the lesser one may. The numbers
// are stored.
enum class ThingRight : std::uint8_t {
  view = 1,     // its values, and what they were
  operate = 2,  // and sets them
  edit = 3,     // and its properties
};

inline constexpr std::array kAllThingRights = {ThingRight::view, ThingRight::operate,
                                               ThingRight::edit};

// As an API key would have it, of that thing alone.
[[nodiscard]] constexpr Scopes scopes_of(ThingRight right) {
  Scopes scopes{Scope::things_read, Scope::history_read};
  if (right >= ThingRight::operate) scopes.add(Scope::values_write);
  if (right >= ThingRight::edit) scopes.add(Scope::things_write);
  return scopes;
}

// Every scope that means something of one thing. All others are of an organisation.
inline constexpr Scopes kScopesOfThings = scopes_of(ThingRight::edit);

// "view", "operate", "edit".
[[nodiscard]] std::string_view to_text(ThingRight right);
[[nodiscard]] std::optional<ThingRight> parse_thing_right(std::string_view text);

inline constexpr std::size_t kMaxThingRights = fixed_limit("people.things");

// Each thing once, in the order of their ids.
using ThingRights = std::map<ThingId, ThingRight>;

// As they are stored: "<id>=<right>" with a space between; text that is none is `corrupted`.
[[nodiscard]] std::string to_text(const ThingRights& rights);
[[nodiscard]] Result<ThingRights> parse_thing_rights(std::string_view text);

// Things alone, as they are stored: ids with a space between.
using ThingIds = std::vector<ThingId>;
[[nodiscard]] std::string to_text(const ThingIds& things);
[[nodiscard]] Result<ThingIds> parse_thing_ids(std::string_view text);

// What a caller may do, of each thing for which that is more than of all. Immutable and shared by
// whoever asks, so thread-safe; null is none.
using ThingScopes = std::shared_ptr<const std::map<ThingId, Scopes>>;

// Null if there are none.
[[nodiscard]] ThingScopes to_scopes(const ThingRights& rights);

// What `things` has of that thing.
[[nodiscard]] Scopes scopes_of(const ThingScopes& things, ThingId thing);

}  // namespace fastness::accounts
