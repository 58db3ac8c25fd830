// Values on their way to boards and their clients.

#include "dialects/arduino/encode.h"

#include <algorithm>
#include <utility>

#include "dialects/topic.h"
#include "dialects/wire_time.h"
#include "senml/command.h"
#include "senml/pack.h"

namespace fastness::dialects::arduino {
namespace {

using senml::Record;
using things::LocalTime;
using things::PropertyView;
using things::ThingView;

using Records = std::vector<Record>;

enum class Times : std::uint8_t { with, without };

Record record_of(std::string name, Scalar value) {
  Record record;
  record.name = std::move(name);
  record.value = std::move(value);
  return record;
}

// The attributes that a value has, in the order of the board library.
std::vector<const Attribute*> in_wire_order(const PropertyView& property,
                                            const Composite& attributes) {
  std::vector<const Attribute*> ordered;
  for (const things::AttributeType& type : property.type->attributes) {
    const auto found = std::ranges::find(attributes, type.name, &Attribute::name);
    if (found != attributes.end()) ordered.push_back(&*found);
  }
  if (property.type->attributes.empty()) {
    for (const Attribute& attribute : attributes) ordered.push_back(&attribute);
  }
  return ordered;
}

Scalar scalar_of(const Value& value) {
  if (const auto* boolean = value.get<bool>()) return *boolean;
  if (const auto* integer = value.get<std::int64_t>()) return *integer;
  if (const auto* number = value.get<double>()) return *number;
  return *value.get<std::string>();
}

// The records of one property. The base time is on the first of them, in each property anew: a
// board uses it for that property only.
Records records_of(const PropertyView& property, const WireValue& wire, Times times) {
  Records records;
  if (const auto* attributes = wire.value.get<Composite>()) {
    for (const Attribute* attribute : in_wire_order(property, *attributes)) {
      records.push_back(
          record_of(property.variable_name + ":" + attribute->name, attribute->value));
    }
  } else {
    records.push_back(record_of(property.variable_name, scalar_of(wire.value)));
  }
  if (times == Times::with && !records.empty()) {
    records.front().base_time = to_wire_seconds(wire.time);
  }
  return records;
}

// An offset of UTC and when it ends, as two properties that every board has.
Records time_zone_records(const LocalTime& local) {
  return {record_of("tz_offset", std::int64_t{local.offset_seconds}),
          record_of("tz_dst_until", static_cast<std::int64_t>(to_wire_seconds(local.until)))};
}

// Packs of at most `max_bytes`, each beginning with `head`; a property is never split, so one that
// is longer has a pack of its own.
std::vector<Bytes> packs_of(const ThingView& thing, std::span<const WireValue> values,
                            const Records& head, Times times, std::size_t max_bytes) {
  std::vector<Bytes> packs;
  Records open = head;
  std::size_t open_bytes = senml::encode(open).size();
  for (const WireValue& wire : values) {
    const PropertyView* property = thing.find(wire.property);
    if (property == nullptr) continue;  // removed meanwhile
    Records more = records_of(*property, wire, times);
    const std::size_t more_bytes = senml::encode(more).size() + 2;  // the array's header may grow
    if (open_bytes + more_bytes > max_bytes && open.size() > head.size()) {
      packs.push_back(senml::encode(open));
      open = head;
      open_bytes = senml::encode(open).size();
    }
    open_bytes += more_bytes;
    std::ranges::move(more, std::back_inserter(open));
  }
  if (!open.empty()) packs.push_back(senml::encode(open));
  return packs;
}

}  // namespace

std::vector<Outgoing> last_values(const ThingView& thing, LastValuesForm form,
                                  std::span<const WireValue> values, const LocalTime& local_time) {
  std::vector<Outgoing> messages;
  const std::vector<Bytes> packs =
      packs_of(thing, values, time_zone_records(local_time), Times::with, kMaxLastValuesBytes);
  for (const Bytes& pack : packs) {
    if (form == LastValuesForm::shadow) {
      messages.push_back({thing_topic(thing.id(), "shadow/i"), pack, 1});
    } else if (thing.device()) {
      messages.push_back({device_topic(*thing.device(), "c/dw"),
                          senml::encode_command(senml::LastValuesUpdate{pack}), 1});
    }
  }
  return messages;
}

std::vector<Outgoing> writes(const ThingView& thing, std::span<const WireValue> values) {
  std::vector<Outgoing> messages;
  for (Bytes& pack : packs_of(thing, values, {}, Times::with, kMaxWriteBytes)) {
    messages.push_back({thing_topic(thing.id(), "e/i"), std::move(pack), 1});
  }
  return messages;
}

std::vector<Outgoing> reports(const ThingView& thing, std::span<const WireValue> values) {
  std::vector<Outgoing> messages;
  // Without times, as boards report.
  for (Bytes& pack : packs_of(thing, values, {}, Times::without, kMaxReportBytes)) {
    messages.push_back({thing_topic(thing.id(), "e/o"), std::move(pack), 1});
  }
  return messages;
}

Outgoing time_zone(const ThingView& thing, const LocalTime& local_time) {
  return {thing_topic(thing.id(), "e/i"), senml::encode(time_zone_records(local_time)), 1};
}

}  // namespace fastness::dialects::arduino
