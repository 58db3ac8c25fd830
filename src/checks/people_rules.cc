// People: whether more than a password guards what they may do.
#include <string>

#include "checks/rules.h"

namespace fastness::checks {

// Who administers has everything of the organisation. By their id and role alone: this list is for
// API keys too, and none of them is to say whom to write a deceiving mail to.
Findings find_unguarded_people(const Facts& facts) {
  if (!facts.administrators) return std::nullopt;
  std::vector<Finding> findings;
  for (const Administrator& person : *facts.administrators) {
    if (person.is_guarded) continue;
    findings.push_back({{Subject::Kind::person, person.user.value().to_text(),
                         "the " + std::string(to_text(person.role))},
                        State::attention,
                        person.since});
  }
  return findings;
}

}  // namespace fastness::checks
