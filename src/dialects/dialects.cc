#include "dialects/dialects.h"

#include <utility>

#include "dialects/arduino/encode.h"
#include "dialects/arduino/receive.h"
#include "dialects/lookup.h"
#include "dialects/plain/plain.h"
#include "dialects/topic.h"

namespace fastness::dialects {
namespace {

using things::ThingsSnapshot;
using things::ThingView;

template <typename Direction>
std::vector<Action> receive_plain(std::shared_ptr<const ThingView> thing, const Topic& topic,
                                  ByteView payload) {
  auto update = plain::decode(topic.property, payload);
  if (!update) return {Malformed{update.error().message}};
  Direction action{std::move(thing), {}};
  action.updates.push_back(std::move(update).value());
  return {std::move(action)};
}

std::vector<Action> receive_from_device(const ThingsSnapshot& snapshot, const Speaker& speaker,
                                        const Topic& topic, ByteView payload) {
  switch (topic.kind) {
    case TopicKind::command_up:
      return arduino::receive_command(
          *speaker.device, snapshot.thing_of(speaker.organisation, *speaker.device), payload);
    case TopicKind::device_out:
      return arduino::receive_device_properties(payload);
    case TopicKind::serial_out:
    case TopicKind::generic:
      return {Route{}};
    default:
      break;
  }
  auto thing = own_thing(snapshot, speaker, topic);
  if (thing == nullptr) return {};  // detached since `may_publish`
  switch (topic.kind) {
    case TopicKind::value_out:
      return arduino::receive_report(std::move(thing), payload);
    case TopicKind::shadow_out:
      return arduino::receive_shadow(std::move(thing), payload);
    case TopicKind::plain_value:
      return receive_plain<Report>(std::move(thing), topic, payload);
    default:
      return {};
  }
}

std::vector<Action> receive_from_user(const ThingsSnapshot& snapshot, const Speaker& speaker,
                                      const Topic& topic, ByteView payload) {
  if (topic.kind == TopicKind::serial_in || topic.kind == TopicKind::generic) return {Route{}};
  auto thing = thing_of(snapshot, speaker, topic);
  if (thing == nullptr) return {};
  switch (topic.kind) {
    case TopicKind::value_in:
      return arduino::receive_write(std::move(thing), payload);
    case TopicKind::plain_set:
      return receive_plain<Write>(std::move(thing), topic, payload);
    case TopicKind::plain_value:
      return receive_plain<Report>(std::move(thing), topic, payload);
    default:
      return {};
  }
}

void append(std::vector<Outgoing>& all, std::vector<Outgoing> more) {
  for (Outgoing& one : more) all.push_back(std::move(one));
}

}  // namespace

std::vector<Action> receive(const ThingsSnapshot& snapshot, const Speaker& speaker,
                            std::string_view topic, ByteView payload) {
  const Topic parsed = parse_topic(topic);
  return speaker.device ? receive_from_device(snapshot, speaker, parsed, payload)
                        : receive_from_user(snapshot, speaker, parsed, payload);
}

std::vector<Action> subscribed(const ThingsSnapshot& snapshot, const Speaker& speaker,
                               const mqtt::TopicFilter& filter) {
  const Topic parsed = parse_topic(filter.text());
  if (parsed.kind != TopicKind::device_in || !is_self(speaker, parsed.subject)) return {};
  const auto thing = snapshot.thing_of(speaker.organisation, *speaker.device);
  // Python takes an empty id for an error and gives up, so silence means "not yet".
  if (thing == nullptr) return {};
  return {Reply{arduino::thing_id_message(*speaker.device, thing->id())}};
}

std::vector<Action> attachment_changed(DeviceId device, const std::optional<ThingId>& before,
                                       const std::optional<ThingId>& after) {
  if (before == after) return {};
  // A board that changes its thing on a live session neither fetches last values nor publishes all
  // of its properties again; after a new connection it does.
  if (before) return {Close{"the device was attached to another thing"}};
  return {Reply{arduino::thing_update_message(device, after)},
          Reply{arduino::thing_id_message(device, *after)}};
}

std::vector<Outgoing> encode_last_values(const ThingView& thing, LastValuesForm form,
                                         std::span<const WireValue> values,
                                         const things::LocalTime& local_time) {
  return arduino::last_values(thing, form, values, local_time);
}

std::vector<Outgoing> encode_writes(const ThingView& thing, std::span<const WireValue> values) {
  std::vector<Outgoing> all = arduino::writes(thing, values);
  append(all, plain::writes(thing, values));
  return all;
}

std::vector<Outgoing> encode_reports(const ThingView& thing, std::span<const WireValue> values) {
  std::vector<Outgoing> all = arduino::reports(thing, values);
  append(all, plain::reports(thing, values));
  return all;
}

Outgoing encode_time_zone(const ThingView& thing, const things::LocalTime& local_time) {
  return arduino::time_zone(thing, local_time);
}

}  // namespace fastness::dialects
