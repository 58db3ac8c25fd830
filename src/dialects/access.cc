// Who may use which topic.

#include "dialects/dialects.h"
#include "dialects/lookup.h"
#include "dialects/topic.h"

namespace fastness::dialects {
namespace {

using things::ThingsSnapshot;
using things::ThingView;

bool is_single_level_wildcard(std::string_view level) {
  return level == "+";
}

// What a device may say: for itself, and for the thing it is attached to.
bool device_may_publish(const ThingsSnapshot& snapshot, const Speaker& speaker,
                        const Topic& topic) {
  switch (topic.kind) {
    case TopicKind::command_up:
    case TopicKind::device_out:
      return is_self(speaker, topic.subject);
    case TopicKind::value_out:
    case TopicKind::serial_out:
    case TopicKind::shadow_out:
    case TopicKind::plain_value:
      return own_thing(snapshot, speaker, topic) != nullptr;
    case TopicKind::generic:
      return true;
    default:
      return false;
  }
}

// What a person may ask for. Values of a thing without a device may also be reported: scripts that
// feed it have no other voice.
bool user_may_publish(const ThingsSnapshot& snapshot, const Speaker& speaker, const Topic& topic) {
  if (speaker.rights != Speaker::Rights::read_write) return false;
  switch (topic.kind) {
    case TopicKind::value_in:
    case TopicKind::serial_in:
    case TopicKind::plain_set:
      return thing_of(snapshot, speaker, topic) != nullptr;
    case TopicKind::plain_value: {
      const auto thing = thing_of(snapshot, speaker, topic);
      return thing != nullptr && !thing->device();
    }
    case TopicKind::generic:
      return true;
    default:
      return false;
  }
}

bool device_may_subscribe(const ThingsSnapshot& snapshot, const Speaker& speaker,
                          const Topic& topic) {
  switch (topic.kind) {
    case TopicKind::command_down:
    case TopicKind::device_in:
      return is_self(speaker, topic.subject);
    case TopicKind::value_in:
    case TopicKind::serial_in:
    case TopicKind::shadow_in:
    case TopicKind::plain_set:
      return own_thing(snapshot, speaker, topic) != nullptr;
    case TopicKind::generic:
      return true;
    default:
      return false;
  }
}

// Organisations never meet in the gateway, so a wildcard shows a person nothing that is not his.
// What stays closed are the channels between a device and us, and `$`.
bool user_may_subscribe(const ThingsSnapshot& snapshot, const Speaker& speaker, const Topic& topic,
                        std::string_view filter) {
  switch (topic.kind) {
    case TopicKind::command_up:
    case TopicKind::command_down:
    case TopicKind::device_in:
    case TopicKind::device_out:
      return false;
    case TopicKind::reserved:
      return !filter.starts_with('$') && !filter.starts_with("/a/d/");
    case TopicKind::generic:
      return true;
    default:
      return is_single_level_wildcard(topic.subject) ||
             thing_of(snapshot, speaker, topic) != nullptr;
  }
}

}  // namespace

bool may_publish(const ThingsSnapshot& snapshot, const Speaker& speaker, std::string_view topic) {
  const Topic parsed = parse_topic(topic);
  return speaker.device ? device_may_publish(snapshot, speaker, parsed)
                        : user_may_publish(snapshot, speaker, parsed);
}

bool may_subscribe(const ThingsSnapshot& snapshot, const Speaker& speaker,
                   const mqtt::TopicFilter& filter) {
  const Topic parsed = parse_topic(filter.text());
  return speaker.device ? device_may_subscribe(snapshot, speaker, parsed)
                        : user_may_subscribe(snapshot, speaker, parsed, filter.text());
}

}  // namespace fastness::dialects
