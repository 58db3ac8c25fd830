#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace fastness::incident {

// What was done about an incident. The numbers are stored.
enum class StepKind : std::uint8_t {
  note = 0,             // whatever a person wants to be remembered
  early_warning = 1,    // the authority was warned
  notification = 2,     // the authority was told what is known
  data_protection = 3,  // the authority for personal data was told
  measure = 4,          // what ends it, or makes it harmless, is there
  final_report = 5,     // the authority was told all
  restriction = 6,      // less goes on
  evidence = 7,         // was taken
  search = 8,           // for those who are affected
  letters = 9,          // to them
};

// "early-warning", as commands and answers have it.
[[nodiscard]] std::string_view to_text(StepKind kind);
// Of what a person notes themselves; nothing for what the server notes, and for other words.
[[nodiscard]] std::optional<StepKind> parse_noted(std::string_view text);

struct Step {
  StepKind kind = StepKind::note;
  Timestamp at;
  std::string text;  // may be empty

  friend bool operator==(const Step&, const Step&) = default;
};

// What went wrong, from when somebody knew of it to when it was over. `reason` and what the steps
// say are the operator's own words, for operators; `statement` is for everybody.
struct Incident {
  std::int64_t number = 0;  // from 1
  Timestamp opened_at;
  Timestamp aware_at;  // when somebody knew of it: the clocks of the law run from here
  std::string reason;
  std::string opened_by;  // who, as they named themselves
  std::optional<Timestamp> closed_at;
  std::string statement;
  std::vector<Step> steps;  // oldest first

  [[nodiscard]] bool is_open() const { return !closed_at; }
  // When this was first done; nothing if it never was.
  [[nodiscard]] std::optional<Timestamp> first(StepKind kind) const;
};

}  // namespace fastness::incident
