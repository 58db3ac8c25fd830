#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace fastness::checks {

// In the order of how bad it is.
enum class State : std::uint8_t {
  passed,
  unknown,    // the facts could not be read
  attention,  // a person should look at it
  failed,     // somebody could use it, or does
};

[[nodiscard]] std::string_view to_text(State state);

// What a check concerns.
struct Subject {
  enum class Kind : std::uint8_t { device, api_key, generation, server, person };
  Kind kind;
  std::string id;  // a device's, an API key's, a person's, a generation's number, a setting's name
  std::string name;
};

[[nodiscard]] std::string_view to_text(Subject::Kind kind);

// One row of the check-up. The texts are constants, in words for an owner.
struct Check {
  static constexpr std::size_t kMaxSubjects = 20;

  std::string_view id;  // kebab-case; it never changes
  std::string_view title;
  std::string_view why;
  std::string_view remedy;
  State state = State::passed;
  std::size_t count = 0;          // of all that it concerns
  std::vector<Subject> subjects;  // the first of them, the worst and oldest first
  std::optional<Timestamp> since;
};

}  // namespace fastness::checks
