#include "pipeline/ingest.h"

#include <limits>

#include <gtest/gtest.h>

#include "things/testing/registry.h"

namespace fastness::pipeline {
namespace {

using namespace std::chrono_literals;
using things::PropertyUpdate;
using things::Source;
using things::testing::organisation;
using things::testing::property;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class IngestTest : public ::testing::Test {
 protected:
  IngestTest() {
    auto limited = property("limited", "PERCENTAGE");
    limited.min_value = 0;
    limited.max_value = 100;
    auto fixed = property("fixed", "FLOAT");
    fixed.permission = things::Permission::read_only;
    auto fleeting = property("fleeting", "FLOAT");
    fleeting.persist = false;
    const auto twin = world_.add_twin(
        organisation(1),
        {property("temp", "FLOAT"), property("count", "INT"), property("sw", "STATUS"),
         property("msg", "CHARSTRING"), property("lamp", "HOME_COLORED_LIGHT"),
         property("any", "GENERIC_COMPLEX_PROPERTY"), limited, fixed, fleeting});
    thing_ = world_.things->published().load()->thing(organisation(1), twin.thing);
  }

  Result<Reading, Refusal> take(std::string name, Value value,
                                Direction direction = Direction::report,
                                std::optional<Timestamp> time = {}) const {
    return ingest_one(*thing_, {std::move(name), std::move(value), time}, Source::device, direction,
                      now_);
  }
  static Value composite(Composite attributes) {
    return Value::composite(std::move(attributes)).value();
  }

  things::testing::Registry world_;
  std::shared_ptr<const things::ThingView> thing_;
  const Timestamp now_ = world_.clock.now();
};

TEST_F(IngestTest, AnAcceptedValueBecomesAReadingOfTheThing) {
  const auto reading = take("temp", 21.5);

  ASSERT_TRUE(reading);
  const auto* temp = thing_->find("temp");
  EXPECT_EQ(*reading, (Reading{organisation(1), thing_->id(), temp->id, temp->series, now_, now_,
                               Value(21.5), Source::device, true}));
  EXPECT_FALSE(take("fleeting", 1.0)->persist);
}

TEST_F(IngestTest, ConversionsThatLoseNothingAreMade) {
  EXPECT_EQ(take("temp", 21)->value, Value(21.0));
  EXPECT_EQ(take("count", 3.0)->value, Value(3));
  EXPECT_EQ(take("sw", 1)->value, Value(true));
  EXPECT_EQ(take("sw", 0.0)->value, Value(false));
  EXPECT_EQ(take("lamp", composite({{"swi", std::int64_t{1}}, {"hue", std::int64_t{7}}}))->value,
            composite({{"swi", true}, {"hue", 7.0}}));
  EXPECT_EQ(take("any", composite({{"x", "text"}, {"y", 1.5}, {"z", true}}))->value,
            composite({{"x", "text"}, {"y", 1.5}, {"z", true}}));
}

TEST_F(IngestTest, EverythingElseIsRefusedWithItsReason) {
  const struct {
    const char* what;
    const char* name;
    Value value;
    Refusal reason;
  } cases[] = {
      {"an unknown name", "nope", 1.0, Refusal::unknown_property},
      {"an empty name", "", 1.0, Refusal::unknown_property},
      {"a text for a number", "temp", "21", Refusal::wrong_type},
      {"a switch for a number", "temp", true, Refusal::wrong_type},
      {"a fraction for an integer", "count", 1.5, Refusal::wrong_type},
      {"2^63 for an integer", "count", 9223372036854775808.0, Refusal::wrong_type},
      {"2 for a switch", "sw", 2, Refusal::wrong_type},
      {"a text for a switch", "sw", "on", Refusal::wrong_type},
      {"a number for a text", "msg", 1.0, Refusal::wrong_type},
      {"a composite for a number", "temp", composite({{"x", 1.0}}), Refusal::wrong_type},
      {"a number for a composite", "lamp", 1.0, Refusal::wrong_type},
      {"an attribute of another kind", "lamp", composite({{"swi", "on"}}), Refusal::wrong_type},
      {"an attribute it has not", "lamp", composite({{"shine", 1.0}}), Refusal::unknown_attribute},
      {"an attribute of 65 bytes", "any", composite({{std::string(65, 'x'), 1.0}}),
       Refusal::unknown_attribute},
      {"not a number", "temp", kInfinity - kInfinity, Refusal::not_a_number},
      {"infinity", "temp", kInfinity, Refusal::not_a_number},
      {"an infinite attribute", "lamp", composite({{"hue", kInfinity}}), Refusal::not_a_number},
      {"an infinite free attribute", "any", composite({{"x", kInfinity}}), Refusal::not_a_number},
      {"below the minimum", "limited", -0.1, Refusal::below_minimum},
      {"above the maximum", "limited", 100.1, Refusal::above_maximum},
      {"a long text", "msg", std::string(kMaxText + 1, 'x'), Refusal::too_long},
  };
  for (const auto& [what, name, value, reason] : cases) {
    SCOPED_TRACE(what);
    const auto reading = take(name, value);

    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error(), reason) << to_text(reading.error());
  }
}

TEST_F(IngestTest, LimitsThemselvesAreAllowed) {
  EXPECT_TRUE(take("limited", 0));
  EXPECT_TRUE(take("limited", 100));
  EXPECT_TRUE(take("msg", std::string(kMaxText, 'x')));
}

TEST_F(IngestTest, OnlyTheBoardSaysWhatIsReadOnly) {
  EXPECT_TRUE(take("fixed", 1.0, Direction::report));
  EXPECT_EQ(take("fixed", 1.0, Direction::write).error(), Refusal::read_only);
  EXPECT_TRUE(take("temp", 1.0, Direction::write));
}

TEST_F(IngestTest, TimesAreTakenIfTheyCanBeTrue) {
  const auto time = [&](Timestamp said) {
    return take("temp", 1.0, Direction::report, said)->time;
  };

  EXPECT_EQ(time(now_ - 24h), now_ - 24h);
  EXPECT_EQ(time(now_ + kClockSkew), now_ + kClockSkew);
  EXPECT_EQ(time(now_ + kClockSkew + 1us), now_) << "the board's clock is ahead";
  EXPECT_EQ(take("temp", 1.0, Direction::report, Timestamp(3600s)).error(), Refusal::no_time);
}

TEST_F(IngestTest, AWriteIsOfNowWhateverTheAskersClockSays) {
  for (const Timestamp said : {now_ - 24h, now_ + 24h, Timestamp(3600s)}) {
    EXPECT_EQ(take("temp", 1.0, Direction::write, said)->time, now_);
  }
}

TEST_F(IngestTest, OneRefusedValueDoesNotStopTheOthers) {
  const std::vector<PropertyUpdate> updates = {
      {"temp", "hot", {}}, {"count", 1, {}}, {"nope", 2, {}}, {"sw", true, {}}};

  const Ingested ingested = ingest(*thing_, updates, Source::device, Direction::report, now_);

  ASSERT_EQ(ingested.accepted.size(), 2U);
  EXPECT_EQ(ingested.accepted[0].property, thing_->find("count")->id);
  EXPECT_EQ(ingested.accepted[1].property, thing_->find("sw")->id);
  ASSERT_EQ(ingested.refused.size(), 2U);
  EXPECT_EQ(ingested.refused[0].property, thing_->find("temp")->id);
  EXPECT_EQ(ingested.refused[0].reason, Refusal::wrong_type);
  EXPECT_FALSE(ingested.refused[1].property);
  EXPECT_EQ(ingested.refused[1].name, "nope");
  EXPECT_EQ(ingested.refused[1].thing, thing_->id());
}

TEST_F(IngestTest, EveryReasonHasAWordAndASentence) {
  for (int i = 1; i <= 9; ++i) {
    const auto refusal = static_cast<Refusal>(i);
    EXPECT_NE(to_text(refusal), "unknown") << i;
    EXPECT_TRUE(explain(refusal).ends_with('.')) << i;
  }
}

}  // namespace
}  // namespace fastness::pipeline
