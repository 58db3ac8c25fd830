#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ids/ids.h"

namespace fastness::things {

// Key to value; both 1 to 64 of [a-zA-Z0-9_.@-].
using Tags = std::map<std::string, std::string, std::less<>>;

// What an owner says about a device. Empty means "not said".
struct DeviceDraft {
  std::string name;                // 1 to 64; empty: made from the type
  std::string type;                // `mkrwifi1010`, …; 1 to 64, unknown ones are welcome
  std::string fqbn;                // `arduino:samd:mkrwifi1010`
  std::string serial;              // up to 64
  std::string connection_type;     // wifi eth wifiandsecret gsm nb lora catm1 cellular
  std::string unique_hardware_id;  // exactly 64, or empty; one device has it
  std::string wifi_fw_version;     // up to 10, semantic versioning
  std::string ble_mac;             // 17: six bytes with colons
  Tags tags;
};

// What to change; what is absent stays.
struct DeviceChanges {
  std::optional<std::string> name;
  std::optional<std::string> type;
  std::optional<std::string> fqbn;
  std::optional<std::string> serial;
  std::optional<std::string> connection_type;
  std::optional<std::string> unique_hardware_id;  // empty: forget it
  std::optional<std::string> wifi_fw_version;
  std::optional<std::string> ble_mac;
  std::optional<Tags> tags;  // replaces all of them
};

// What the board said about itself over the command channel.
struct DeviceReport {
  std::string lib_version;      // "2.9.0"
  std::string wifi_fw_version;  // "1.6.0"
  std::string sketch_sha256;    // 64 hex digits of the running program

  friend bool operator==(const DeviceReport&, const DeviceReport&) = default;
};

// Why a connection ended. The text for people is made at the edge.
enum class DisconnectReason : std::uint8_t {
  none = 0,             // still connected, or never was
  client_left = 1,      // it said DISCONNECT
  connection_lost = 2,  // the transport closed or failed
  keep_alive = 3,       // it fell silent
  taken_over = 4,       // another connection with its identity
  protocol_error = 5,
  not_authorised = 6,  // a topic that is not its own
  revoked = 7,         // its identity was revoked or suspended
  reattached = 8,      // closed so that the board fetches its new thing
  rate_limited = 9,
  server_stopped = 10,
  crashed = 11,  // the server died while it was connected: found at the next start
};
[[nodiscard]] std::string_view to_text(DisconnectReason reason);

// One connection of a device, open if it has no end.
struct Connection {
  Timestamp connected_at;
  std::optional<Timestamp> disconnected_at;
  DisconnectReason reason = DisconnectReason::none;
  std::string detail;  // "no packet for 45 s"; for the owner, so without secrets
  std::string remote;  // "192.0.2.7:49152"
  std::string tls;     // "TLSv1.3 TLS_AES_128_GCM_SHA256"
};

enum class DeviceStatus : std::uint8_t { never, online, offline };

// Hardware with a key, as its owner sees it. Its certificate is identity's business.
struct Device {
  DeviceId id;
  OrganisationId organisation;
  std::optional<UserId> created_by;
  DeviceDraft said;       // by the owner
  DeviceReport reported;  // by the board
  Timestamp created_at;
  Timestamp updated_at;
  std::optional<Timestamp> deleted_at;  // softly: it can come back
  std::optional<Timestamp> last_activity_at;
  DeviceStatus status = DeviceStatus::never;
  std::optional<Connection> connection;  // the open one, else the last one
};

}  // namespace fastness::things
