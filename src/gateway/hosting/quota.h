#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fastness::gateway {

// What an organisation or one of its devices can have too much of. The names are those of
// docs/limits.md: whoever is shown one knows where to look.
enum class Quota : std::uint8_t {
  device_connects,
  organisation_connects,
  organisation_connections,
  organisation_sessions,
  sessions_of_identity,
  subscriptions,
  organisation_subscriptions,
  packet_bytes,
  receive_maximum,
  messages_per_second,
  bytes_per_second,
  organisation_messages_per_second,
  organisation_bytes_per_second,
  queued_messages,
  queued_bytes,
  organisation_queued_bytes,
  unread_bytes,
  device_retained_messages,
  retained_messages,
  retained_bytes,
};

inline constexpr auto kQuotaNames = std::to_array<std::string_view>({
    "device_connects_per_second",
    "organisation_connects_per_second",
    "organisation_connections",
    "organisation_sessions",
    "mqtt.sessions_of_identity",
    "mqtt_subscriptions",
    "organisation_subscriptions",
    "mqtt_packet_bytes",
    "mqtt_receive_maximum",
    "mqtt_messages_per_second",
    "mqtt_bytes_per_second",
    "organisation_messages_per_second",
    "organisation_bytes_per_second",
    "mqtt_queued_messages",
    "mqtt_queued_bytes",
    "organisation_queued_bytes",
    "mqtt.unread_bytes",
    "device_retained_messages",
    "retained_messages",
    "retained_bytes",
});
static_assert(kQuotaNames.size() == static_cast<std::size_t>(Quota::retained_bytes) + 1);

[[nodiscard]] constexpr std::string_view name_of(Quota quota) {
  return kQuotaNames[static_cast<std::size_t>(quota)];
}

}  // namespace fastness::gateway
