#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids/ids.h"

namespace fastness::dialects {

// What a topic is to us.
enum class TopicKind : std::uint8_t {
  command_up,    // /a/d/<device>/c/up
  command_down,  // /a/d/<device>/c/dw
  device_out,    // /a/d/<device>/e/o
  device_in,     // /a/d/<device>/e/i
  value_out,     // /a/t/<thing>/e/o
  value_in,      // /a/t/<thing>/e/i
  serial_out,    // /a/t/<thing>/s/o
  serial_in,     // /a/t/<thing>/s/i
  shadow_out,    // /a/t/<thing>/shadow/o
  shadow_in,     // /a/t/<thing>/shadow/i
  plain_value,   // things/<thing>/<property>
  plain_set,     // things/<thing>/<property>/set
  reserved,      // anything else in a system space: /a/…, things/…, $…
  generic,       // the organisation's own topics
};

// A topic name or filter taken apart; of a filter, `subject` and `property` may be "+". Views point
// into the text.
struct Topic {
  TopicKind kind;
  std::string_view subject;   // the device's id; the thing's id, of plain topics also its name
  std::string_view property;  // of plain topics
};

// `text` must be a valid topic name or filter. A filter whose wildcards leave open which kind it
// is comes out as `reserved` if it could match a system topic, but for `+` in place of a device,
// thing or property.
[[nodiscard]] Topic parse_topic(std::string_view text);

// The wire names.
[[nodiscard]] std::string device_topic(DeviceId device, std::string_view channel);  // "c/dw"
[[nodiscard]] std::string thing_topic(ThingId thing, std::string_view channel);     // "e/i"

// `things/<thing>/<property><suffix>` by the thing's id and, if that differs, by its name.
[[nodiscard]] std::vector<std::string> plain_topics(std::string_view thing_id,
                                                    std::string_view thing_name,
                                                    std::string_view property,
                                                    std::string_view suffix);

}  // namespace fastness::dialects
