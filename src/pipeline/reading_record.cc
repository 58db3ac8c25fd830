#include "pipeline/reading_record.h"

#include <utility>

namespace fastness::pipeline {
namespace {

using things::Reading;
using things::Source;

constexpr std::uint8_t kVersion = 1;

// Well below what one record may have; a reading adds at most a few texts of 4 KiB.
constexpr std::size_t kFullAt = std::size_t{256} << 10U;

bool shares_head(const Reading& a, const Reading& b) {
  return a.organisation == b.organisation && a.thing == b.thing && a.source == b.source &&
         a.arrived == b.arrived;
}

void write_head(const Reading& reading, ByteWriter& out) {
  out.u8(kVersion);
  out.raw(reading.organisation.value().bytes());
  out.raw(reading.thing.value().bytes());
  out.u8(static_cast<std::uint8_t>(reading.source));
  out.i64(reading.arrived.time_since_epoch().count());
}

void write_body(const Reading& reading, ByteWriter& out) {
  out.raw(reading.property.value().bytes());
  out.u64(reading.series.value());
  out.i64(reading.time.time_since_epoch().count());
  out.u8(reading.persist ? 1 : 0);
  reading.value.encode(out);
}

template <typename Id>
Id read_id(ByteReader& in) {
  Uuid::Bytes bytes{};
  in.copy_to(bytes);
  return Id(Uuid(bytes));
}

Timestamp read_time(ByteReader& in) {
  return Timestamp(std::chrono::microseconds(in.i64()));
}

}  // namespace

std::vector<journal::Record> encode_readings(std::span<const Reading> readings) {
  constexpr auto kType = static_cast<std::uint8_t>(RecordType::readings);
  std::vector<journal::Record> records;
  const Reading* head = nullptr;
  for (const Reading& reading : readings) {
    const bool needs_new =
        head == nullptr || !shares_head(*head, reading) || records.back().payload.size() >= kFullAt;
    if (needs_new) {
      records.push_back({kType, {}});
      ByteWriter out(records.back().payload);
      write_head(reading, out);
      head = &reading;
    }
    ByteWriter out(records.back().payload);
    write_body(reading, out);
  }
  return records;
}

Result<std::vector<Reading>> decode_readings(ByteView payload) {
  ByteReader in(payload);
  if (in.u8() != kVersion) return fail(Errc::corrupted, "readings of an unknown version");
  const auto organisation = read_id<OrganisationId>(in);
  const auto thing = read_id<ThingId>(in);
  const std::uint8_t source = in.u8();
  const Timestamp arrived = read_time(in);
  if (source < 1 || source > 3) return fail(Errc::corrupted, "readings of no known source");

  std::vector<Reading> readings;
  while (in.ok() && !in.rest().empty()) {
    const auto property = read_id<PropertyId>(in);
    const SeriesId series(in.u64());
    const Timestamp time = read_time(in);
    const std::uint8_t persist = in.u8();
    FASTNESS_ASSIGN_OR_RETURN(Value value, Value::decode(in));
    if (persist > 1) return fail(Errc::corrupted, "a reading that is neither kept nor not");
    readings.push_back({organisation, thing, property, series, time, arrived, std::move(value),
                        static_cast<Source>(source), persist == 1});
  }
  FASTNESS_RETURN_IF_ERROR(in.finish("readings"));
  return readings;
}

}  // namespace fastness::pipeline
