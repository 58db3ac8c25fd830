// Whoever has one root's key, an old document, or a slip of the owner's, against a device that
// trusts two roots.
#include "roots/root_set.h"

#include <gtest/gtest.h>

#include "base/fixed_limits.h"
#include "roots/testing/test_root.h"

namespace fastness::roots {
namespace {

using testing::document_for;
using testing::set_of;
using testing::TestRoot;

constexpr Timestamp kSetNow{std::chrono::sys_days(std::chrono::year(2027) / 3 / 1)};

class RootSetTest : public ::testing::Test {
 protected:
  Errc refusal(const RootSet& current, ByteView document) {
    const auto accepted = accept(current, document, kSetNow);
    EXPECT_FALSE(accepted);
    return accepted ? Errc{} : accepted.error().code;
  }

  TestRoot a = TestRoot::make(kSetNow, kActiveRole);
  TestRoot b = TestRoot::make(kSetNow);
  TestRoot c = TestRoot::make(kSetNow);
  TestRoot d = TestRoot::make(kSetNow);
  TestRoot thief = TestRoot::make(kSetNow);
  RootSet first = set_of(1, a, b);
  RootSet second = set_of(2, b, c);
  RootSet third = set_of(3, c, d);
  Bytes to_second = document_for(second, 1, a, b, kSetNow);
  Bytes to_third = document_for(third, 2, b, c, kSetNow);
};

TEST_F(RootSetTest, ASetSignedByBothRootsOfTheOneBeforeFollowsIt) {
  const auto now_second = accept(first, to_second, kSetNow);
  ASSERT_TRUE(now_second);
  EXPECT_EQ(*now_second, second);
  EXPECT_EQ(accept(*now_second, to_third, kSetNow).value(), third);
}

TEST_F(RootSetTest, AnOldSetIsNeverTakenAgain) {
  EXPECT_EQ(refusal(second, to_second), Errc::permission_denied);
  EXPECT_EQ(refusal(third, to_second), Errc::permission_denied);

  // Nor if both roots of now sign it: the number is what counts.
  EXPECT_EQ(refusal(third, document_for(set_of(2, c, d), 3, c, d, kSetNow)),
            Errc::permission_denied);
  EXPECT_EQ(refusal(third, document_for(set_of(3, c, a), 3, c, d, kSetNow)),
            Errc::permission_denied);
}

TEST_F(RootSetTest, NoNumberIsSkipped) {
  EXPECT_EQ(refusal(first, to_third), Errc::permission_denied);
  EXPECT_EQ(refusal(first, document_for(set_of(3, b, c), 1, a, b, kSetNow)),
            Errc::permission_denied);
  EXPECT_EQ(refusal(first, document_for(second, 7, a, b, kSetNow)), Errc::permission_denied);
  EXPECT_EQ(refusal(first, document_for(set_of(0xffffffff, b, c), 1, a, b, kSetNow)),
            Errc::permission_denied);
}

TEST_F(RootSetTest, AThiefOfOneRootGetsNobodyOver) {
  const RootSet wanted = set_of(2, b, thief);
  struct Case {
    const char* what;
    const TestRoot& as_active;
    const TestRoot& as_standby;
  };
  const Case cases[] = {
      {"the active root only, twice", a, a},
      {"the standby root only, twice", b, b},
      {"the active root and a key of the thief's", a, thief},
      {"the standby root and a key of the thief's", thief, b},
      {"the signatures exchanged", b, a},
      {"the new roots sign for themselves", b, thief},
      {"strangers", thief, thief},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.what);
    EXPECT_EQ(refusal(first, document_for(wanted, 1, each.as_active, each.as_standby, kSetNow)),
              Errc::corrupted);
  }
}

TEST_F(RootSetTest, ASignatureOfAnotherSetIsNone) {
  const Bytes other = root_set_statement(set_of(2, b, thief), 1, kSetNow);
  ByteReader in(to_second);
  static_cast<void>(in.sized());
  Bytes document;
  ByteWriter out(document);
  out.sized(other);
  out.raw(in.rest());
  EXPECT_EQ(refusal(first, document), Errc::corrupted);
}

TEST_F(RootSetTest, ACertificateIsNoAuthorityOverRootsHoweverItIsWrapped) {
  const Bytes new_with_old = a.vouch_for(thief, kSetNow);
  EXPECT_EQ(refusal(first, new_with_old), Errc::corrupted);
  Bytes wrapped;
  ByteWriter out(wrapped);
  out.sized(new_with_old);
  out.raw(Bytes(128, 1));
  EXPECT_EQ(refusal(first, wrapped), Errc::corrupted);
  // And a root of a set vouches for itself: one that another vouched for is none.
  EXPECT_FALSE(RootSet::make(2, b.certificate.der(), new_with_old));
}

TEST_F(RootSetTest, EveryChangedBitIsRefused) {
  for (std::size_t i = 0; i < to_second.size(); ++i) {
    Bytes changed = to_second;
    changed[i] ^= 0x10U;
    EXPECT_FALSE(accept(first, changed, kSetNow)) << "byte " << i;
  }
  for (std::size_t size = 0; size < to_second.size(); size += 7) {
    EXPECT_FALSE(accept(first, ByteView(to_second).first(size), kSetNow)) << size;
  }
  Bytes longer = to_second;
  longer.push_back(0);
  EXPECT_EQ(refusal(first, longer), Errc::corrupted);
}

TEST_F(RootSetTest, ADocumentHasAsManyBytesAsAllowedAndNotOneMore) {
  constexpr std::size_t kMost = fixed_limit("roots.document_bytes");
  EXPECT_LT(to_second.size(), kMost / 2);
  const auto at = accept(first, Bytes(kMost, 0), kSetNow);
  const auto beyond = accept(first, Bytes(kMost + 1, 0), kSetNow);
  ASSERT_FALSE(at);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(at.error().message.find("it is too long"), std::string::npos);
  EXPECT_NE(beyond.error().message.find("it is too long"), std::string::npos);
}

TEST_F(RootSetTest, OneRootStaysSoThatASlipShutsNobodyOut) {
  EXPECT_EQ(refusal(first, document_for(set_of(2, c, d), 1, a, b, kSetNow)), Errc::corrupted);
  EXPECT_TRUE(accept(first, document_for(set_of(2, a, c), 1, a, b, kSetNow), kSetNow));
}

TEST_F(RootSetTest, NothingCountsBeforeItsTime) {
  const Bytes early = document_for(second, 1, a, b, kSetNow + std::chrono::hours(1));
  EXPECT_EQ(refusal(first, early), Errc::unavailable);
  EXPECT_TRUE(accept(first, early, kSetNow + std::chrono::hours(1)));
}

TEST_F(RootSetTest, WhoeverWasAwayCatchesUpStepByStep) {
  const std::vector<Bytes> published{to_second, to_third};
  EXPECT_EQ(catch_up(first, published, kSetNow).value(), third);
  EXPECT_EQ(catch_up(second, published, kSetNow).value(), third);
  EXPECT_EQ(catch_up(third, published, kSetNow).value(), third);
  EXPECT_EQ(catch_up(first, {}, kSetNow).value(), first);
  EXPECT_EQ(catch_up(first, std::vector<Bytes>{to_third}, kSetNow).error().code,
            Errc::permission_denied);
  EXPECT_FALSE(catch_up(first, std::vector<Bytes>{to_second, Bytes(10, 1)}, kSetNow));
}

TEST_F(RootSetTest, TwoRootsHaveTwoKeys) {
  EXPECT_FALSE(RootSet::make(1, a.certificate.der(), a.certificate.der()));
  EXPECT_FALSE(RootSet::make(0, a.certificate.der(), b.certificate.der()));
  EXPECT_FALSE(RootSet::make(1, a.certificate.der(), {}));
}

TEST_F(RootSetTest, ItsTextIsReadAgainAndThatOfTheTimeBeforeNumbersToo) {
  const std::string text = second.to_text();
  EXPECT_TRUE(text.starts_with("Fastness root set 2\n-----BEGIN CERTIFICATE-----\n"));
  EXPECT_EQ(RootSet::parse_text(text).value(), second);
  EXPECT_EQ(RootSet::parse_text(a.certificate.to_pem() + b.certificate.to_pem()).value(), first);

  EXPECT_FALSE(RootSet::parse_text(""));
  EXPECT_FALSE(RootSet::parse_text(a.certificate.to_pem()));
  EXPECT_FALSE(RootSet::parse_text(text + a.certificate.to_pem()));
  EXPECT_FALSE(RootSet::parse_text("Fastness root set 0\n" + text.substr(text.find('-'))));
  EXPECT_FALSE(RootSet::parse_text("Fastness root set 2x\n" + text.substr(text.find('-'))));
}

}  // namespace
}  // namespace fastness::roots
