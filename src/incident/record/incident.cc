#include "incident/record/incident.h"

#include <algorithm>
#include <array>

namespace fastness::incident {
namespace {

struct StepWords {
  std::string_view name;
  bool is_noted;  // by a person
};

constexpr std::array<StepWords, 10> kStepWords{{
    {"note", true},
    {"early-warning", true},
    {"notification", true},
    {"data-protection", true},
    {"measure", true},
    {"final-report", true},
    {"restriction", false},
    {"evidence", false},
    {"search", false},
    {"letters", false},
}};

}  // namespace

std::string_view to_text(StepKind kind) {
  return kStepWords.at(static_cast<std::size_t>(kind)).name;
}

std::optional<StepKind> parse_noted(std::string_view text) {
  const auto found = std::ranges::find(kStepWords, text, &StepWords::name);
  if (found == kStepWords.end() || !found->is_noted) return std::nullopt;
  return static_cast<StepKind>(found - kStepWords.begin());
}

std::optional<Timestamp> Incident::first(StepKind kind) const {
  const auto found = std::ranges::find(steps, kind, &Step::kind);
  return found == steps.end() ? std::nullopt : std::optional(found->at);
}

}  // namespace fastness::incident
