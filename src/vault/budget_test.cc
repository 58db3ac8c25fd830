#include "vault/budget.h"

#include <gtest/gtest.h>

#include "vault/authority/device_authority.h"
#include "vault/organisation_keys.h"

namespace fastness::vault {
namespace {

using namespace std::chrono_literals;

// Spends until the budget says no.
double spend_all(Budget& budget, SteadyTime now) {
  double spent = 0;
  while (budget.spend(now)) ++spent;
  return spent;
}

TEST(Budget, ADefaultIsSpentToTheLastAndThenByTheHour) {
  const OrganisationKeys::Limits unwraps;
  for (const Allowance& allowance : {unwraps.each, unwraps.total, DeviceAuthority::kDefaultRate}) {
    const SteadyTime start{};
    Budget budget(allowance, start);

    EXPECT_EQ(spend_all(budget, start), allowance.burst);
    // Half of what the burst takes to come back.
    const std::chrono::duration<double, std::ratio<3600>> half(allowance.burst / 2 /
                                                               allowance.per_hour);
    const SteadyTime later = start + std::chrono::ceil<SteadyTime::duration>(half);
    EXPECT_EQ(spend_all(budget, later), allowance.burst / 2);
    EXPECT_EQ(spend_all(budget, later + 1000h), allowance.burst) << "never more than the burst";
  }
}

}  // namespace
}  // namespace fastness::vault
