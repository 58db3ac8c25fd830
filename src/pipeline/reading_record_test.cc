#include "pipeline/reading_record.h"

#include <gtest/gtest.h>

namespace fastness::pipeline {
namespace {

using things::Reading;
using things::Source;

Reading reading(Value value, std::uint8_t thing = 1) {
  return {OrganisationId(Uuid(Uuid::Bytes{9})),
          ThingId(Uuid(Uuid::Bytes{thing})),
          PropertyId(Uuid(Uuid::Bytes{3})),
          SeriesId(4),
          Timestamp(std::chrono::seconds(5)),
          Timestamp(std::chrono::seconds(6)),
          std::move(value),
          Source::user,
          false};
}

std::vector<Reading> round_trip(const std::vector<Reading>& readings, std::size_t records) {
  std::vector<Reading> all;
  const auto encoded = encode_readings(readings);
  EXPECT_EQ(encoded.size(), records);
  for (const journal::Record& record : encoded) {
    EXPECT_LE(record.payload.size(), journal::kMaxPayload);
    const auto decoded = decode_readings(record.payload);
    EXPECT_TRUE(decoded);
    all.insert(all.end(), decoded->begin(), decoded->end());
  }
  return all;
}

TEST(ReadingRecord, ComesBackAsItWas) {
  const std::vector<Reading> readings = {
      reading(true), reading(-5), reading(1.5), reading("text"),
      reading(Value::composite({{"lat", 1.0}, {"lon", std::int64_t{2}}}).value())};

  EXPECT_EQ(round_trip(readings, 1), readings);
}

TEST(ReadingRecord, AnotherThingBeginsAnotherRecord) {
  const std::vector<Reading> readings = {reading(1, 1), reading(2, 1), reading(3, 2),
                                         reading(4, 1)};

  EXPECT_EQ(round_trip(readings, 3), readings);
}

TEST(ReadingRecord, ManyLongTextsAreSpreadOverRecords) {
  const std::vector<Reading> readings(1'000, reading(std::string(4'096, 'x')));

  const auto encoded = encode_readings(readings);

  EXPECT_GT(encoded.size(), 10U);
  EXPECT_EQ(round_trip(readings, encoded.size()), readings);
}

TEST(ReadingRecord, WhatIsCutOrChangedIsCorrupted) {
  const Bytes payload = encode_readings(std::vector{reading("text")})[0].payload;
  for (std::size_t size = 0; size < payload.size(); ++size) {
    if (size == 42) continue;  // the head alone: no readings
    const auto decoded = decode_readings(ByteView(payload).first(size));
    ASSERT_FALSE(decoded) << size;
    EXPECT_EQ(decoded.error().code, Errc::corrupted);
  }
  for (const std::size_t at : {std::size_t{0}, std::size_t{33}}) {  // version, source
    Bytes changed = payload;
    changed[at] = 77;
    EXPECT_EQ(decode_readings(changed).error().code, Errc::corrupted);
  }
}

}  // namespace
}  // namespace fastness::pipeline
