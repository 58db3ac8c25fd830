// What a dialect makes of a message: a list of things for the gateway to do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/ids/ids.h"
#include "things/model/reading.h"
#include "things/model/snapshot.h"

namespace fastness::dialects {

// Who sent or wants a message.
struct Speaker {
  enum class Rights : std::uint8_t { read, read_write };

  OrganisationId organisation;
  std::optional<DeviceId> device;  // absent: a person or an API key of the organisation
  Rights rights = Rights::read_write;
};

// A message for a session.
struct Outgoing {
  std::string topic;
  Bytes payload;
  std::uint8_t qos = 0;

  friend bool operator==(const Outgoing&, const Outgoing&) = default;
};

// Values that a thing's board reports, or that somebody wants the board to take. The gateway gives
// them to `pipeline::ingest` with `thing`.
struct Report {
  std::shared_ptr<const things::ThingView> thing;
  std::vector<things::PropertyUpdate> updates;
};
struct Write {
  std::shared_ptr<const things::ThingView> thing;
  std::vector<things::PropertyUpdate> updates;
};

// Send this to the session that spoke, if one of its subscriptions matches the topic.
struct Reply {
  Outgoing message;
};

// The board asks for the last values of its thing: fetch them on the control thread, then call
// `encode_last_values` and send what it returns to the session.
enum class LastValuesForm : std::uint8_t { command, shadow };
struct NeedLastValues {
  std::shared_ptr<const things::ThingView> thing;
  LastValuesForm form;
};

// What the board said about itself. Only one of the fields is set; `network_*` is sensitive.
struct Note {
  std::string lib_version;
  std::string wifi_fw_version;
  std::string sketch_sha256;
  std::string network_kind;
  std::string network_detail;
};

// Deliver the message to whoever subscribed, as any MQTT broker does. Without it the message ends
// with the dialect.
struct Route {};

// The payload is not what the topic demands. For the log and for the owner; the session goes on.
struct Malformed {
  std::string why;
};

// End the session, so that the board starts over.
struct Close {
  std::string why;
};

using Action = std::variant<Report, Write, Reply, NeedLastValues, Note, Route, Malformed, Close>;

}  // namespace fastness::dialects
