#include "things/model/time_zone.h"

#include <gtest/gtest.h>

namespace fastness::things {
namespace {

using namespace std::chrono;

Timestamp utc(year_month_day day, hours hour = hours(0)) {
  return sys_days(day) + hour;
}

struct Change {
  std::int64_t at;
  std::uint8_t type;
};

// A version 2 file as zic writes it, with an empty version 1 block.
Bytes tzif(const std::vector<std::int32_t>& offsets, const std::vector<Change>& changes,
           std::string_view footer) {
  Bytes bytes;
  ByteWriter out(bytes);
  const auto header = [&out](std::size_t change_count, std::size_t type_count) {
    out.raw(as_bytes("TZif2"));
    out.raw(Bytes(15));
    for (int i = 0; i < 3; ++i) out.u32(0);
    out.u32(static_cast<std::uint32_t>(change_count));
    out.u32(static_cast<std::uint32_t>(type_count));
    out.u32(4);
  };
  header(0, 1);
  out.raw(Bytes(6 + 4));
  header(changes.size(), offsets.size());
  for (const Change& change : changes) out.i64(change.at);
  for (const Change& change : changes) out.u8(change.type);
  for (const std::int32_t offset : offsets) {
    out.u32(static_cast<std::uint32_t>(offset));
    out.u16(0);
  }
  out.raw(as_bytes(std::string_view("LMT\0", 4)));
  out.u8('\n');
  out.raw(as_bytes(footer));
  out.u8('\n');
  return bytes;
}

TimeZone zone(std::string_view rule) {
  return TimeZone::parse(tzif({0}, {}, rule)).value();
}

TEST(TimeZone, UtcHoldsForTenYears) {
  const LocalTime local = TimeZone().at(utc(2026y / November / 22));

  EXPECT_EQ(local.offset_seconds, 0);
  EXPECT_EQ(local.until, utc(2026y / November / 22) + days(3653));
}

TEST(TimeZone, RomeChangesOnTheLastSundaysOfMarchAndOctober) {
  const TimeZone rome = zone("CET-1CEST,M3.5.0,M10.5.0/3");

  EXPECT_EQ(rome.at(utc(2026y / November / 22)),
            (LocalTime{3'600, utc(2027y / March / 28, hours(1))}));
  EXPECT_EQ(rome.at(utc(2027y / March / 28, hours(1))),
            (LocalTime{7'200, utc(2027y / October / 31, hours(1))}));
}

TEST(TimeZone, TheSouthHasItsSummerOverNewYear) {
  const TimeZone sydney = zone("AEST-10AEDT,M10.1.0,M4.1.0/3");

  EXPECT_EQ(sydney.at(utc(2026y / December / 31, hours(23))),
            (LocalTime{39'600, utc(2027y / April / 3, hours(16))}));
}

TEST(TimeZone, DublinsWinterIsTheException) {
  const TimeZone dublin = zone("IST-1GMT0,M10.5.0,M3.5.0/1");

  EXPECT_EQ(dublin.at(utc(2026y / November / 22)),
            (LocalTime{0, utc(2027y / March / 28, hours(1))}));
  EXPECT_EQ(dublin.at(utc(2027y / July / 1)).offset_seconds, 3'600);
}

TEST(TimeZone, RulesMayUseDaysOfTheYearAndNegativeTimes) {
  // Nuuk: the change is at -1 h of Sunday. An old form: day 60 without the leap day is 1 March.
  EXPECT_EQ(zone("<-02>2<-01>,M3.5.0/-1,M10.5.0/0").at(utc(2026y / November / 22)),
            (LocalTime{-7'200, utc(2027y / March / 28, hours(1))}));
  EXPECT_EQ(zone("AAA0BBB,J60/0,J300/0").at(utc(2028y / January / 1)).until,
            utc(2028y / March / 1));
  EXPECT_EQ(zone("AAA0BBB,59/0,300/0").at(utc(2028y / January / 1)).until,
            utc(2028y / February / 29));
}

TEST(TimeZone, ListedChangesComeBeforeTheRule) {
  const auto at = [](Timestamp time) { return time.time_since_epoch() / seconds(1); };
  const auto moved = utc(2030y / June / 1);
  const TimeZone zone = TimeZone::parse(tzif({3'600, 7'200}, {{at(moved), 1}}, "EET-2")).value();

  EXPECT_EQ(zone.at(utc(2026y / November / 22)), (LocalTime{3'600, moved}));
  EXPECT_EQ(zone.at(moved).offset_seconds, 7'200);
}

TEST(TimeZone, OffsetsStayWithinWhatBoardsAccept) {
  EXPECT_EQ(zone("<+14>-14").at(utc(2026y / January / 1)).offset_seconds, 50'399);
  EXPECT_EQ(zone("<-12>12").at(utc(2026y / January / 1)).offset_seconds, -43'199);
}

TEST(TimeZone, TheEndOfAnOffsetFitsInto32Bits) {
  EXPECT_EQ(zone("UTC0").at(utc(2105y / January / 1)).until, Timestamp(seconds(0xffff'ffff)));
}

TEST(TimeZone, RefusesWhatIsNoZone) {
  const Bytes good = tzif({0, 3'600}, {{10, 1}, {20, 0}}, "CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(TimeZone::parse(good));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(TimeZone::parse(ByteView(good).first(size))) << size;
  }
  EXPECT_FALSE(TimeZone::parse(tzif({0}, {{10, 1}}, "UTC0"))) << "an offset that is not there";
  EXPECT_FALSE(TimeZone::parse(tzif({0}, {{20, 0}, {10, 0}}, "UTC0"))) << "out of order";
  EXPECT_FALSE(TimeZone::parse(tzif({}, {}, "UTC0"))) << "no offsets";
  for (const char* rule : {"X", "CET", "CET-1CEST", "CET-25", "CET-1CEST,M13.1.0,M1.1.0",
                           "CET-1CEST,M3.6.0,M1.1.0", "CET-1CEST,M3.5.0", "CET-1,", "<CET-1"}) {
    EXPECT_FALSE(TimeZone::parse(tzif({0}, {}, rule))) << rule;
  }
}

TEST(TimeZones, ReadsEachZoneOnceAndOnlyByAWellFormedName) {
  int reads = 0;
  TimeZones zones([&reads](const std::string& name) -> Result<Bytes> {
    ++reads;
    if (name != "Europe/Rome") return fail(Errc::not_found, "no file");
    return tzif({0}, {}, "CET-1CEST,M3.5.0,M10.5.0/3");
  });

  EXPECT_TRUE(zones.find("Europe/Rome"));
  EXPECT_TRUE(zones.find("Europe/Rome"));
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(zones.find("Mars/Base").error().code, Errc::not_found);
  EXPECT_EQ(reads, 2);
  for (const char* name : {"", "../../etc/shadow", "/etc/passwd", "Europe/", "Europe//Rome", "a.b",
                           "Europe/Rome\n", "ééé"}) {
    EXPECT_EQ(zones.find(name).error().code, Errc::invalid_argument) << name;
  }
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(zones.at("Mars/Base", utc(2026y / January / 1)).offset_seconds, 0);
}

}  // namespace
}  // namespace fastness::things
