#include "dialects/plain/plain.h"

#include <optional>
#include <utility>

#include "base/fixed_limits.h"
#include "dialects/topic.h"
#include "dialects/wire_time.h"
#include "json/time_text.h"
#include "json/value_json.h"
#include "json/writer.h"

namespace fastness::dialects::plain {
namespace {

using things::PropertyUpdate;
using things::PropertyView;
using things::ThingView;

constexpr json::Limits kLimits{fixed_limit("plain.value_bytes"), fixed_limit("plain.value_depth")};

Result<std::optional<Timestamp>> read_time(const json::Value* time) {
  if (time == nullptr || time->is_null()) return std::optional<Timestamp>();
  if (const auto* text = time->get<std::string>()) {
    FASTNESS_ASSIGN_OR_RETURN(const Timestamp parsed, json::parse_time(*text));
    return std::optional(parsed);
  }
  if (const auto* integer = time->get<std::int64_t>()) {
    return std::optional(from_wire_time(static_cast<double>(*integer)));
  }
  if (const auto* number = time->get<double>()) return std::optional(from_wire_time(*number));
  return fail(Errc::invalid_argument, "time is neither RFC 3339 nor an epoch");
}

template <typename Encode>
std::vector<Outgoing> messages(const ThingView& thing, std::span<const WireValue> values,
                               std::string_view suffix, Encode encode) {
  std::vector<Outgoing> all;
  const std::string id = thing.id().value().to_text();
  for (const WireValue& wire : values) {
    const PropertyView* property = thing.find(wire.property);
    if (property == nullptr) continue;  // removed meanwhile
    const std::string text = encode(wire);
    for (std::string& topic : plain_topics(id, thing.name(), property->variable_name, suffix)) {
      all.push_back({std::move(topic), to_bytes(as_bytes(text)), 1});
    }
  }
  return all;
}

}  // namespace

Result<PropertyUpdate> decode(std::string_view property, ByteView payload) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value document, json::parse(as_text(payload), kLimits));
  const json::Value* wrapped = document.find("value");
  const json::Value& inner = wrapped == nullptr ? document : *wrapped;
  auto value = json::to_value(inner);
  if (!value) return json::as_error(value.error());
  std::optional<Timestamp> time;
  if (wrapped != nullptr) {
    FASTNESS_ASSIGN_OR_RETURN(time, read_time(document.find("time")));
  }
  return PropertyUpdate{std::string(property), std::move(value).value(), time};
}

std::vector<Outgoing> writes(const ThingView& thing, std::span<const WireValue> values) {
  return messages(thing, values, "/set",
                  [](const WireValue& wire) { return json::to_text(wire.value); });
}

std::vector<Outgoing> reports(const ThingView& thing, std::span<const WireValue> values) {
  return messages(thing, values, "", [](const WireValue& wire) {
    json::Writer out;
    out.begin_object();
    out.field("value", wire.value);
    out.field("time", wire.time);
    out.end_object();
    return std::move(out).text();
  });
}

}  // namespace fastness::dialects::plain
