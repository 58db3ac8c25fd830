#include "gateway/hosting/quota_ledger.h"

#include <gtest/gtest.h>

namespace fastness::gateway {
namespace {

using std::chrono::seconds;

const OrganisationId kGarden{Uuid(Uuid::Bytes{1})};
const OrganisationId kFactory{Uuid(Uuid::Bytes{2})};
constexpr Timestamp kNoon{std::chrono::hours{12}};

DeviceId board(std::uint16_t number) {
  return DeviceId(Uuid(Uuid::Bytes{static_cast<std::uint8_t>(number >> 8U),
                                   static_cast<std::uint8_t>(number & 0xffU)}));
}

TEST(QuotaLedger, CountsForEachOrganisationQuotaAndDevice) {
  QuotaLedger ledger;
  ledger.note(kGarden, board(1), Quota::subscriptions, kNoon);
  ledger.note(kGarden, board(1), Quota::subscriptions, kNoon + seconds{5});
  ledger.note(kGarden, std::nullopt, Quota::retained_bytes, kNoon + seconds{9});
  ledger.note(kFactory, board(1), Quota::subscriptions, kNoon);

  const auto rows = ledger.of(kGarden);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].quota, Quota::retained_bytes) << "the latest first";
  EXPECT_EQ(rows[0].device, std::nullopt);
  EXPECT_EQ(rows[1].device, board(1));
  EXPECT_EQ(rows[1].count, 2U);
  EXPECT_EQ(rows[1].first, kNoon);
  EXPECT_EQ(rows[1].last, kNoon + seconds{5});
  EXPECT_EQ(ledger.of(kFactory).size(), 1U);
  EXPECT_TRUE(ledger.of(OrganisationId(Uuid(Uuid::Bytes{3}))).empty());
}

TEST(QuotaLedger, TellsSoManyDevicesApartAndNotOneMore) {
  QuotaLedger ledger;
  constexpr std::uint16_t kMost = QuotaLedger::kMaxRows;
  for (std::uint16_t i = 0; i < kMost + 50; ++i) {
    ledger.note(kGarden, board(i), Quota::subscriptions, kNoon);
  }
  const auto rows = ledger.of(kGarden);
  ASSERT_EQ(rows.size(), kMost + 1U);
  std::uint64_t together = 0;
  for (const auto& row : rows) {
    if (!row.device) together += row.count;
  }
  EXPECT_EQ(together, 50U);
}

}  // namespace
}  // namespace fastness::gateway
