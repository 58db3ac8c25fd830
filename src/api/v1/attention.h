// What only a person can put right, found by looking.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access/caller.h"
#include "api/parts.h"
#include "api/v1/live/live.h"
#include "incident/restriction/restrictions.h"
#include "incident/restriction/switches.h"
#include "json/writer.h"
#include "things/devices.h"
#include "upkeep/backup_watch.h"

namespace fastness::api {

struct Attention {
  std::string_view kind;  // as in api/openapi.yaml
  std::string title;
  std::string remedy;
  std::optional<Timestamp> deadline = {};
  std::optional<DeviceId> device = {};
  std::optional<ThingId> thing = {};
  std::optional<PropertyId> property = {};
  std::optional<std::string> api_key = {};
};

// Nothing if the device needs nobody.
[[nodiscard]] std::optional<Attention> attention_of(const Parts& parts,
                                                    const things::Device& device);

// Everything in the caller's organisation that is theirs to know, the most urgent first.
[[nodiscard]] std::vector<Attention> attention_of(const Parts& parts, const Live& live,
                                                  const Caller& caller);

[[nodiscard]] Attention attention_of(const identity::ForgeryAlarm& alarm);

// That its operator has restricted the instance; nothing if not.
[[nodiscard]] std::optional<Attention> attention_of(const incident::Restriction& restriction);

// What its operator has switched off, one for each component.
[[nodiscard]] std::vector<Attention> attention_of(const incident::Switches& switches);

// What the host is short of. It goes by itself once there is room.
[[nodiscard]] std::vector<Attention> attention_of(const HostRoom& room);

// That backups by schedule fail, or their test restores, and why. For the host's owner.
[[nodiscard]] std::vector<Attention> attention_of(const upkeep::BackupWatch& backups);

void write(json::Writer& out, const Attention& attention);

}  // namespace fastness::api
