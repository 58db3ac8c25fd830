#include "supervisor/operators/order_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"

namespace fastness::supervisor {
namespace {

using ::testing::HasSubstr;

TEST(OrderList, SaysWhatWaitsAndWhoSigned) {
  const auto told = json::parse(R"({"guarded_since":"2026-11-01T08:00:00Z","orders":[
      {"id":"o1","words":"Destroy the key of generation 1","state":"waiting",
       "until":"2026-12-02T08:00:00Z","by_codes":false,
       "approvals":[{"by":{"user_id":"u1","email":"anna@x.y"},"at":"2026-12-01T09:00:00Z"}]},
      {"id":"o2","words":"Erase ben@x.y","state":"approved","until":"2026-12-01T10:00:00Z",
       "by_codes":true,"approvals":[]}],"has_sealed_codes":false})");

  EXPECT_EQ(orders_text(*told),
            "The gravest orders need two operators since 2026-11-01 08:00 UTC.\n"
            "No codes are sealed: fastness host operator seal-codes.\n\n"
            "  Destroy the key of generation 1\n"
            "    waits for two operators until 2026-12-02 08:00 UTC\n"
            "    signed by anna@x.y, 2026-12-01 09:00 UTC\n"
            "    o1\n"
            "  Erase ben@x.y\n"
            "    approved: give it again until 2026-12-01 10:00 UTC\n"
            "    approved by two of the sealed codes\n"
            "    o2\n");
}

TEST(OrderList, OfNothingIsShort) {
  EXPECT_THAT(orders_text(*json::parse(R"({"orders":[],"has_sealed_codes":true})")),
              HasSubstr("No order needs a second person"));
  EXPECT_THAT(orders_text(*json::parse(R"({"guarded_since":"2026-11-01T08:00:00Z","orders":[],
      "has_sealed_codes":true})")),
              HasSubstr("Nothing waits."));
}

TEST(OrderCodes, AreTwoLines) {
  EXPECT_EQ(two_codes("A-B\nC-D\n").value(), (std::array<std::string, 2>{"A-B", "C-D"}));
  for (const char* bad : {"", "A-B", "A-B\n", "A-B\n\n", "A\nB\nC\n"}) {
    EXPECT_EQ(two_codes(bad).error().code, Errc::invalid_argument) << bad;
  }
}

}  // namespace
}  // namespace fastness::supervisor
