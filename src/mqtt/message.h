#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "mqtt/wire/types.h"

namespace fastness::mqtt {

// A message after it was published, on its way to any number of sessions. Immutable once shared.
struct Message {
  std::string topic;
  Bytes payload;
  Bytes properties;  // those which travel on (content type, user properties, …), encoded
  Qos qos = Qos::at_most_once;
  bool retain = false;
  std::optional<Timestamp> expires;
  std::uint64_t number = 0;  // names it in storage; zero if it is stored nowhere

  [[nodiscard]] bool is_expired(Timestamp now) const { return expires && *expires <= now; }
  [[nodiscard]] std::size_t bytes() const {
    return sizeof(Message) + topic.size() + payload.size() + properties.size();
  }
};

// Shared: one message waits in the queues of many sessions.
using MessagePtr = std::shared_ptr<const Message>;

}  // namespace fastness::mqtt
