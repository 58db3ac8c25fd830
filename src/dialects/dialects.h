// The wire languages of boards and clients: which topics an identity may use, what a message
// means, and how values are written back. Pure functions of a snapshot, a message and a time, so
// safe on every thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "dialects/action.h"
#include "mqtt/topic_filter.h"
#include "things/model/snapshot.h"
#include "things/model/time_zone.h"

namespace fastness::dialects {

// Whether `speaker` may publish to `topic`, a valid topic name.
//   device  its own /a/d/<self>/{c/up,e/o}, /a/t/<its thing>/{e/o,s/o,shadow/o}, things/<its
//           thing>/<property>, and topics of the organisation outside of all system spaces
//   user    /a/t/<thing>/{e/i,s/i} and things/<thing>/<property>/set of the organisation's things,
//           and topics of the organisation outside of all system spaces; only with read_write
[[nodiscard]] bool may_publish(const things::ThingsSnapshot& snapshot, const Speaker& speaker,
                               std::string_view topic);

// Whether `speaker` may subscribe to `filter` (of a shared subscription, its inner filter). A
// device may see no other thing's topics, by wildcards neither. A user may see everything of the
// organisation that is routed; whatever a dialect consumes is not.
[[nodiscard]] bool may_subscribe(const things::ThingsSnapshot& snapshot, const Speaker& speaker,
                                 const mqtt::TopicFilter& filter);

// What to do with a message that `may_publish` has let pass.
[[nodiscard]] std::vector<Action> receive(const things::ThingsSnapshot& snapshot,
                                          const Speaker& speaker, std::string_view topic,
                                          ByteView payload);

// What to do after SUBACK of a granted subscription: boards of generations B and C wait for their
// thing's id, on every SUBSCRIBE anew.
[[nodiscard]] std::vector<Action> subscribed(const things::ThingsSnapshot& snapshot,
                                             const Speaker& speaker,
                                             const mqtt::TopicFilter& filter);

// What to do to the live session of a device whose thing changed from `before` to `after`. What it
// has subscribed to is to be asked about again with `may_subscribe`: the old thing's topics are no
// longer its own, and a session that outlives the connection would still receive them.
[[nodiscard]] std::vector<Action> attachment_changed(DeviceId device,
                                                     const std::optional<ThingId>& before,
                                                     const std::optional<ThingId>& after);

// One value on its way to a wire: `value` is whole and of the property's kind.
struct WireValue {
  PropertyId property;
  Value value;
  Timestamp time;
};

// The answer to NeedLastValues. The two time zone records always come first: a board without them
// falls back to asking again every 30 s.
[[nodiscard]] std::vector<Outgoing> encode_last_values(const things::ThingView& thing,
                                                       LastValuesForm form,
                                                       std::span<const WireValue> values,
                                                       const things::LocalTime& local_time);

// A write on its way to the thing's board, in every dialect: the gateway sends each message to the
// device's sessions that subscribe to its topic. Payloads are at most 1 KiB, unless one value alone
// is longer, and never split the attributes of a property.
[[nodiscard]] std::vector<Outgoing> encode_writes(const things::ThingView& thing,
                                                  std::span<const WireValue> values);

// Accepted values on their way to people and programs that watch a thing, in every dialect. Never
// sent to the thing's own device.
[[nodiscard]] std::vector<Outgoing> encode_reports(const things::ThingView& thing,
                                                   std::span<const WireValue> values);

// Tells a live board that its time zone has changed.
[[nodiscard]] Outgoing encode_time_zone(const things::ThingView& thing,
                                        const things::LocalTime& local_time);

}  // namespace fastness::dialects
