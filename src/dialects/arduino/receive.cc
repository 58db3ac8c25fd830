#include "dialects/arduino/receive.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dialects/topic.h"
#include "dialects/wire_time.h"
#include "senml/command.h"

namespace fastness::dialects::arduino {
namespace {

using things::PropertyUpdate;
using things::PropertyView;
using things::ThingView;
using ThingPtr = std::shared_ptr<const ThingView>;

// A sketch that clears a text sends this in place of it.
constexpr std::string_view kCleared = "\x1b";

// Boards publish the two time zone properties as if they were values. They are ours.
bool is_time_zone(std::string_view name) {
  return name == "tz_offset" || name == "tz_dst_until";
}

// What one record is about.
struct Subject {
  std::string property;
  std::string attribute;  // empty for a scalar
};

// `temp`, or `lamp:hue`. A friendly name may hold a colon itself.
Subject subject_of(const ThingView& thing, std::string name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string::npos || thing.find(name) != nullptr) return {std::move(name), {}};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

// A light payload's number: property + 256 * attribute, attributes counted from 1.
Subject subject_of(const ThingView& thing, std::int64_t light_id) {
  Subject unknown{"#" + std::to_string(light_id), {}};
  if (light_id < 0) return unknown;
  const PropertyView* property = thing.find_wire_id(light_id % 256);
  if (property == nullptr) return unknown;
  const auto attribute = static_cast<std::uint64_t>(light_id / 256);
  if (attribute == 0) return {property->variable_name, {}};
  if (attribute > property->type->attributes.size()) return unknown;
  return {property->variable_name, std::string(property->type->attributes[attribute - 1].name)};
}

Subject subject_of(const ThingView& thing, const senml::Pack& pack, const senml::Record& record) {
  if (record.light_id) return subject_of(thing, *record.light_id);
  if (!pack.base_name.empty()) {
    Subject based = subject_of(thing, pack.base_name + record.name);
    if (thing.find(based.property) != nullptr) return based;
  }
  return subject_of(thing, record.name);
}

Value value_of(Scalar scalar) {
  if (auto* text = std::get_if<std::string>(&scalar); text != nullptr && *text == kCleared) {
    text->clear();
  }
  return std::visit([](auto&& part) { return Value(std::forward<decltype(part)>(part)); },
                    std::move(scalar));
}

// Gathers the attributes of one property, in whatever order they come, until one comes twice.
class Gatherer {
 public:
  void add(Subject subject, Scalar value, std::optional<Timestamp> time) {
    if (subject.attribute.empty()) {
      updates_.push_back({std::move(subject.property), value_of(std::move(value)), time});
      return;
    }
    const auto open = std::ranges::find_if(
        open_, [&](const Open& one) { return updates_[one.update].name == subject.property; });
    const bool is_repeated =
        open != open_.end() && (open->attributes.size() == Value::kMaxAttributes ||
                                std::ranges::find(open->attributes, subject.attribute,
                                                  &Attribute::name) != open->attributes.end());
    if (open == open_.end() || is_repeated) {
      if (is_repeated) close(*open), open_.erase(open);
      // The value is set when the property is complete; its place among the updates is here.
      updates_.push_back({std::move(subject.property), Value(false), time});
      open_.push_back({updates_.size() - 1, {}});
      open_.back().attributes.push_back({std::move(subject.attribute), std::move(value)});
      return;
    }
    open->attributes.push_back({std::move(subject.attribute), std::move(value)});
  }

  std::vector<PropertyUpdate> finish() {
    for (Open& one : open_) close(one);
    return std::move(updates_);
  }

 private:
  struct Open {
    std::size_t update;
    Composite attributes;
  };

  void close(Open& one) {
    auto value = Value::composite(std::move(one.attributes));
    if (value) updates_[one.update].value = *std::move(value);  // unique and few: never fails
  }

  std::vector<PropertyUpdate> updates_;
  std::vector<Open> open_;
};

std::vector<Action> malformed(const Error& error) {
  return {Malformed{error.message}};
}

std::string hex_of(ByteView bytes) {
  return to_hex(bytes);
}

Note network_note(const senml::DeviceNetConfig& config) {
  using Type = senml::DeviceNetConfig::Type;
  constexpr std::array<std::string_view, 8> kKinds = {"none", "wifi",  "lora",     "gsm",
                                                      "nb",   "catm1", "ethernet", "cellular"};
  Note note;
  note.network_kind = kKinds[static_cast<std::size_t>(config.type)];
  const auto add = [&note](std::string_view name, std::string_view value) {
    if (!note.network_detail.empty()) note.network_detail += ' ';
    note.network_detail.append(name).append("=").append(value);
  };
  if (config.type == Type::ethernet) {
    constexpr std::array<std::string_view, 4> kNames = {"ip", "dns", "gateway", "netmask"};
    for (std::size_t i = 0; i < config.addresses.size(); ++i) {
      add(kNames[i], config.addresses[i].empty() ? "dhcp" : hex_of(config.addresses[i]));
    }
    return note;
  }
  const std::string_view first = config.type == Type::wifi   ? "ssid"
                                 : config.type == Type::lora ? "appeui"
                                                             : "apn";
  if (!config.texts.empty()) add(first, config.texts[0]);
  if (config.texts.size() > 1) add("login", config.texts[1]);
  return note;
}

// One command of a board, as a visitor.
struct Answer {
  DeviceId device;
  ThingPtr thing;

  std::vector<Action> operator()(const senml::DeviceBegin& c) const {
    Note note;
    note.lib_version = c.lib_version;
    return {note};
  }
  std::vector<Action> operator()(const senml::WifiFwVersion& c) const {
    Note note;
    note.wifi_fw_version = c.version;
    return {note};
  }
  std::vector<Action> operator()(const senml::OtaBegin& c) const {
    Note note;
    note.sketch_sha256 = hex_of(c.running_sketch);
    return {note};
  }
  std::vector<Action> operator()(const senml::DeviceNetConfig& c) const {
    return {network_note(c)};
  }
  std::vector<Action> operator()(const senml::ThingBegin& /*c*/) const {
    const auto id = thing == nullptr ? std::nullopt : std::optional(thing->id());
    return {Reply{thing_update_message(device, id)}};
  }
  std::vector<Action> operator()(const senml::LastValuesBegin& /*c*/) const {
    return last_values();
  }
  std::vector<Action> operator()(const senml::TimezoneUp& /*c*/) const { return last_values(); }
  std::vector<Action> operator()(const senml::OtaProgress& /*c*/) const { return {}; }
  template <typename Downward>
  std::vector<Action> operator()(const Downward& /*c*/) const {
    return {Malformed{"a command that only the server sends"}};
  }

  // The answer holds the time zone too. A board which believes in a thing that it has no longer
  // starts over.
  [[nodiscard]] std::vector<Action> last_values() const {
    if (thing == nullptr) return {Close{"the device is not attached to a thing"}};
    return {NeedLastValues{thing, LastValuesForm::command}};
  }
};

}  // namespace

std::vector<PropertyUpdate> updates_of(const ThingView& thing, const senml::Pack& pack) {
  Gatherer gatherer;
  std::optional<double> base_time;
  for (const senml::Record& record : pack.records) {
    if (record.base_time) base_time = record.base_time;
    if (!record.value || is_time_zone(record.name)) continue;
    std::optional<Timestamp> time;
    if (base_time || record.time) {
      time = from_wire_time(base_time.value_or(0) + record.time.value_or(0));
    }
    gatherer.add(subject_of(thing, pack, record), *record.value, time);
  }
  return gatherer.finish();
}

std::vector<Action> receive_report(ThingPtr thing, ByteView payload) {
  const auto pack = senml::decode(payload);
  if (!pack) return malformed(pack.error());
  auto updates = updates_of(*thing, *pack);
  if (updates.empty()) return {};
  return {Report{std::move(thing), std::move(updates)}};
}

std::vector<Action> receive_write(ThingPtr thing, ByteView payload) {
  const auto pack = senml::decode(payload);
  if (!pack) return malformed(pack.error());
  auto updates = updates_of(*thing, *pack);
  if (updates.empty()) return {};
  return {Write{std::move(thing), std::move(updates)}};
}

std::vector<Action> receive_shadow(ThingPtr thing, ByteView payload) {
  const auto pack = senml::decode(payload);
  if (!pack) return malformed(pack.error());
  const bool is_request = std::ranges::any_of(pack->records, [](const senml::Record& record) {
    return record.name == "r:m" && record.value == Scalar(std::string("getLastValues"));
  });
  if (!is_request) return {Malformed{"a shadow message that asks for nothing we know"}};
  return {NeedLastValues{std::move(thing), LastValuesForm::shadow}};
}

std::vector<Action> receive_device_properties(ByteView payload) {
  const auto pack = senml::decode(payload);
  if (!pack) return malformed(pack.error());
  std::vector<Action> actions;
  for (const senml::Record& record : pack->records) {
    const auto* text = record.value ? std::get_if<std::string>(&*record.value) : nullptr;
    if (text == nullptr) continue;
    Note note;
    if (record.name == "LIB_VERSION") note.lib_version = *text;
    if (record.name == "OTA_SHA256") note.sketch_sha256 = *text;
    if (!note.lib_version.empty() || !note.sketch_sha256.empty()) {
      actions.emplace_back(std::move(note));
    }
  }
  return actions;
}

std::vector<Action> receive_command(DeviceId device, ThingPtr thing, ByteView payload) {
  const auto command = senml::decode_command(payload);
  if (!command) {
    if (command.error().code == Errc::not_found) return {};
    return malformed(command.error());
  }
  return std::visit(Answer{device, std::move(thing)}, *command);
}

Outgoing thing_id_message(DeviceId device, ThingId thing) {
  senml::Record record;
  record.name = "thing_id";
  record.value = thing.value().to_text();
  return {device_topic(device, "e/i"), senml::encode(std::span(&record, 1)), 1};
}

Outgoing thing_update_message(DeviceId device, const std::optional<ThingId>& thing) {
  const std::string id = thing ? thing->value().to_text() : "";
  return {device_topic(device, "c/dw"), senml::encode_command(senml::ThingUpdate{id}), 1};
}

}  // namespace fastness::dialects::arduino
