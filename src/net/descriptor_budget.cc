#include "net/descriptor_budget.h"

#include <algorithm>

namespace fastness::net {
namespace {

// For files, loops, listeners and what libraries open: of a few descriptors a half. The key-value
// store alone may have 256 files open.
constexpr std::size_t kMostFiles = 512;

// Of all descriptors, for people.
constexpr std::size_t kShareOfPeople = 64;
constexpr std::size_t kFewestPeople = 16;
constexpr std::size_t kMostPeople = 1'024;

}  // namespace

DescriptorBudget::DescriptorBudget(std::size_t descriptors)
    : all_(descriptors - std::min(descriptors / 2, kMostFiles)),
      devices_(all_ - std::clamp(descriptors / kShareOfPeople, kFewestPeople, kMostPeople)) {}

bool DescriptorBudget::take(For whom) {
  if (taken_.fetch_add(1, std::memory_order_relaxed) < most(whom)) return true;
  give_back();
  return false;
}

}  // namespace fastness::net
