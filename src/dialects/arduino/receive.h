// What Arduino boards and clients mean by their payloads: generations A (command channel), B
// (shadow topics) and C (JavaScript).
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "dialects/action.h"
#include "senml/pack.h"

namespace fastness::dialects::arduino {

// The values of a pack as updates of `thing`: attributes gathered, light ids resolved, times
// normalised, and the two time zone records that boards echo left out.
[[nodiscard]] std::vector<things::PropertyUpdate> updates_of(const things::ThingView& thing,
                                                             const senml::Pack& pack);

// /a/t/<thing>/e/o and /e/i.
[[nodiscard]] std::vector<Action> receive_report(std::shared_ptr<const things::ThingView> thing,
                                                 ByteView payload);
[[nodiscard]] std::vector<Action> receive_write(std::shared_ptr<const things::ThingView> thing,
                                                ByteView payload);

// /a/t/<thing>/shadow/o: the request for last values of generation B.
[[nodiscard]] std::vector<Action> receive_shadow(std::shared_ptr<const things::ThingView> thing,
                                                 ByteView payload);

// /a/d/<device>/e/o: what boards of generation B say about themselves.
[[nodiscard]] std::vector<Action> receive_device_properties(ByteView payload);

// /a/d/<device>/c/up. `thing` is null while the device is not attached.
[[nodiscard]] std::vector<Action> receive_command(DeviceId device,
                                                  std::shared_ptr<const things::ThingView> thing,
                                                  ByteView payload);

// The announcement of a thing to generations B and C.
[[nodiscard]] Outgoing thing_id_message(DeviceId device, ThingId thing);
// The same to generation A; no thing is a message too.
[[nodiscard]] Outgoing thing_update_message(DeviceId device, const std::optional<ThingId>& thing);

}  // namespace fastness::dialects::arduino
