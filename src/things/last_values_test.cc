#include "things/last_values.h"

#include <gtest/gtest.h>

#include "keys/testing/away_vault.h"
#include "things/testing/registry.h"

namespace fastness::things {
namespace {

using namespace std::chrono_literals;
using Outcome = LastValues::Outcome;
using testing::organisation;

class LastValuesTest : public ::testing::Test {
 protected:
  Reading reading(Value value, std::chrono::seconds at, Source source = Source::device) {
    const Timestamp time = world_.clock.now() + at;
    return {organisation(1),
            ThingId(Uuid(Uuid::Bytes{1})),
            property_,
            SeriesId(1),
            time,
            time,
            std::move(value),
            source,
            true};
  }
  static Value composite(Composite attributes) {
    return Value::composite(std::move(attributes)).value();
  }
  LastValues& values() { return *world_.last_values; }

  testing::Registry world_;
  PropertyId property_{Uuid(Uuid::Bytes{7})};
};

TEST_F(LastValuesTest, SurviveARestartAfterAFlush) {
  const Value lamp = composite({{"hue", 10.5}, {"swi", true}});
  static_cast<void>(values().apply(reading(lamp, 5s, Source::api)));
  ASSERT_TRUE(values().flush());

  world_.restart();

  ASSERT_NE(values().find(property_), nullptr);
  EXPECT_EQ(*values().find(property_),
            (LastValue{lamp, world_.clock.now() + 5s, world_.clock.now() + 5s, Source::api}));
}

TEST_F(LastValuesTest, AreSealedOnDisk) {
  static_cast<void>(values().apply(reading("planted-value", 0s)));
  ASSERT_TRUE(values().flush());

  auto at = world_.store->scan(world_.store->family(LastValues::kFamily), {});
  ASSERT_TRUE(at.is_valid());
  EXPECT_EQ(as_text(at.value()).find("planted"), std::string_view::npos);
}

// One organisation that was erased must not keep the journal from ever being let go.
TEST_F(LastValuesTest, OfAnErasedOrganisationGoAndHoldNobodyUp) {
  static_cast<void>(values().apply(reading(1.5, 0s)));
  ASSERT_TRUE(values().flush());
  static_cast<void>(values().apply(reading(2.5, 1s)));
  Reading other = reading(3.5, 1s);
  other.organisation = organisation(2);
  other.property = PropertyId(Uuid(Uuid::Bytes{8}));
  static_cast<void>(values().apply(other));
  world_.vault.destroy_share(organisation(1));
  world_.keys->forget(organisation(1));

  ASSERT_TRUE(values().flush());

  EXPECT_EQ(values().unflushed(), 0U);
  EXPECT_EQ(values().find(property_), nullptr);
  world_.restart();
  EXPECT_EQ(values().find(property_), nullptr);
  ASSERT_NE(values().find(other.property), nullptr);
  auto at = world_.store->scan(world_.store->family(LastValues::kFamily), {});
  std::size_t rows = 0;
  for (; at.is_valid(); at.next()) ++rows;
  EXPECT_EQ(rows, 1U);
}

TEST_F(LastValuesTest, AStoredValueThatWasMovedDoesNotOpen) {
  static_cast<void>(values().apply(reading(1.5, 0s)));
  ASSERT_TRUE(values().flush());
  const auto family = world_.store->family(LastValues::kFamily);
  auto at = world_.store->scan(family, {});
  Bytes other_key = to_bytes(at.key());
  other_key.back() ^= 1U;
  ASSERT_TRUE(world_.store->put(family, other_key, at.value()));

  LastValues fresh(*world_.store, *world_.keys);
  EXPECT_EQ(fresh.load().error().code, Errc::corrupted);
}

TEST_F(LastValuesTest, WhatTheVaultWillNotOpenIsCountedAndLeftAlone) {
  static_cast<void>(values().apply(reading(1.5, 0s)));
  ASSERT_TRUE(values().flush());
  world_.clock.advance(std::chrono::days(2));
  keys::ContentKeys keys(*world_.store, world_.vault, world_.clock, world_.random);
  world_.vault.set_budget(0);

  LastValues fresh(*world_.store, keys);
  const auto loaded = fresh.load();

  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->unreadable, 1U);
  EXPECT_EQ(fresh.find(property_), nullptr);
}

TEST_F(LastValuesTest, AFlushThatFailsLosesNothing) {
  keys::testing::AwayVault vault(world_.vault);
  keys::ContentKeys keys(*world_.store, vault, world_.clock, world_.random);
  LastValues values(*world_.store, keys);
  static_cast<void>(values.apply(reading(1.5, 0s)));
  vault.is_away = true;
  EXPECT_FALSE(values.flush());
  EXPECT_EQ(values.unflushed(), 1U);
  EXPECT_EQ(values.find(property_)->value, Value(1.5));

  vault.is_away = false;
  EXPECT_TRUE(values.flush());
  EXPECT_EQ(values.unflushed(), 0U);
}

TEST_F(LastValuesTest, TheLaterTimeWinsAndBackfillIsTold) {
  EXPECT_EQ(values().apply(reading(1.0, 10s)).outcome, Outcome::news);
  EXPECT_EQ(values().apply(reading(2.0, 5s)).outcome, Outcome::older);
  EXPECT_EQ(values().find(property_)->value, Value(1.0));
  EXPECT_EQ(values().apply(reading(3.0, 10s)).outcome, Outcome::news) << "the same moment";
  EXPECT_EQ(values().find(property_)->value, Value(3.0));
}

TEST_F(LastValuesTest, ApplyingAReadingAgainChangesNothing) {
  const Reading same = reading(1.0, 10s);
  EXPECT_EQ(values().apply(same).outcome, Outcome::news);
  ASSERT_TRUE(values().flush());

  EXPECT_EQ(values().apply(same).outcome, Outcome::repeated);
  EXPECT_EQ(values().unflushed(), 0U);
}

TEST_F(LastValuesTest, ABoardsEchoConfirmsAWrite) {
  EXPECT_EQ(values().apply(reading(true, 0s, Source::api)).outcome, Outcome::news);
  EXPECT_EQ(values().find(property_)->source, Source::api);

  EXPECT_EQ(values().apply(reading(true, 1s)).outcome, Outcome::confirmation);
  EXPECT_EQ(values().find(property_)->source, Source::device);
  EXPECT_EQ(values().apply(reading(true, 2s)).outcome, Outcome::news) << "a report, not an echo";
}

TEST_F(LastValuesTest, AnEchoOfABoardWhoseClockIsBehindStillConfirms) {
  static_cast<void>(values().apply(reading(true, 10s, Source::user)));
  Reading echo = reading(true, 11s);
  echo.time -= 20s;

  EXPECT_EQ(values().apply(echo).outcome, Outcome::confirmation);
  EXPECT_EQ(values().find(property_)->time, world_.clock.now() + 10s);
}

TEST_F(LastValuesTest, ABoardWhoseClockIsBehindMaySayNoToAWrite) {
  static_cast<void>(values().apply(reading(true, 10s, Source::api)));
  Reading no = reading(false, 11s);
  no.time -= 5s;

  EXPECT_EQ(values().apply(no).outcome, Outcome::news);
  EXPECT_EQ(values().find(property_)->value, Value(false));

  Reading backfill = reading(true, 12s);
  backfill.time -= 120s;
  EXPECT_EQ(values().apply(backfill).outcome, Outcome::older);
}

TEST_F(LastValuesTest, AReplayedWriteDoesNotUndoWhatTheBoardSaidAfterIt) {
  const Reading write = reading(true, 10s, Source::api);
  Reading answer = reading(false, 11s);
  answer.time -= 5s;
  static_cast<void>(values().apply(write));
  static_cast<void>(values().apply(answer));

  EXPECT_EQ(values().apply(write).outcome, Outcome::older);
  EXPECT_EQ(values().find(property_)->value, Value(false));
}

TEST_F(LastValuesTest, AnotherValueOrALateOneIsNoEcho) {
  static_cast<void>(values().apply(reading(true, 0s, Source::api)));
  EXPECT_EQ(values().apply(reading(false, 1s)).outcome, Outcome::news);

  static_cast<void>(values().apply(reading(true, 2s, Source::api)));
  EXPECT_EQ(values().apply(reading(true, 33s)).outcome, Outcome::news);
}

TEST_F(LastValuesTest, MissingAttributesKeepTheirLastValue) {
  static_cast<void>(values().apply(reading(composite({{"hue", 1.0}, {"sat", 2.0}}), 0s)));

  const auto applied = values().apply(reading(composite({{"sat", 5.0}}), 1s));

  EXPECT_EQ(applied.value, composite({{"hue", 1.0}, {"sat", 5.0}}));
  EXPECT_EQ(values().find(property_)->value, applied.value);
}

TEST_F(LastValuesTest, AForgottenValueStaysForgotten) {
  static_cast<void>(values().apply(reading(1.0, 0s)));
  ASSERT_TRUE(values().flush());

  ASSERT_TRUE(values().forget(organisation(1), property_));
  world_.restart();

  EXPECT_EQ(values().find(property_), nullptr);
}

}  // namespace
}  // namespace fastness::things
