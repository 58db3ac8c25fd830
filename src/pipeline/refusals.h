#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "pipeline/ingest.h"

namespace fastness::pipeline {

// What was refused of each property, so that its owner learns why a value never came. Counted since
// the start of the process. Lives on the control thread.
class Refusals {
 public:
  struct Record {
    std::uint64_t count = 0;
    Refusal last_reason = Refusal::wrong_type;
    Timestamp last_at;
  };
  // Of names that a thing has no property for; a thing that speaks nonsense is told about this
  // many names.
  static constexpr std::size_t kMaxUnknownNames = fixed_limit("values.unknown_names");

  void note(const std::vector<Refused>& refused);

  // Null if nothing of the property was refused. Good until the next call of `note` or `forget`.
  [[nodiscard]] const Record* find(PropertyId property) const;
  // By name as the messages had it.
  using UnknownNames = std::map<std::string, Record, std::less<>>;
  [[nodiscard]] const UnknownNames& unknown_names(ThingId thing) const;

  void forget(PropertyId property) { properties_.erase(property); }
  void forget(ThingId thing) { unknown_.erase(thing); }

 private:
  std::unordered_map<PropertyId, Record> properties_;
  std::unordered_map<ThingId, UnknownNames> unknown_;
};

}  // namespace fastness::pipeline
