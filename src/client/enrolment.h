#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "client/connection/api.h"
#include "crypto/public_key/p256.h"

namespace fastness::client {

// A device's key and certificate. The key was made here and never leaves.
struct DeviceIdentity {
  std::string device_id;
  crypto::PrivateKey key;
  std::string certificate_pem;
};

// Has the server sign a certificate for `key`. `profile` is `standard` or `board`. Errors as Api's.
[[nodiscard]] Result<DeviceIdentity> enrol_device(Api& api, const std::string& device_id,
                                                  crypto::PrivateKey key,
                                                  const std::string& profile);

// The same for a request made elsewhere; returns the certificate, PEM.
[[nodiscard]] Result<std::string> enrol_request(Api& api, const std::string& device_id,
                                                const std::string& request_pem,
                                                const std::string& profile);

// Both server roots of the instance, PEM: what devices and people must trust. `active` alone is
// what a browser needs.
struct Trust {
  std::string active_root_pem;
  std::string standby_root_pem;
  std::string active_fingerprint;  // SHA-256, hex
  std::uint32_t root_set = 1;      // the number of the two

  // Both under their number, as a device keeps them: see roots::RootSet. `corrupted` if they are
  // not two roots.
  [[nodiscard]] Result<std::string> to_text() const;
};
[[nodiscard]] Result<Trust> fetch_trust(Api& api);
// What a server answered to GET /api/v1/trust. `corrupted` if that is not it.
[[nodiscard]] Result<Trust> trust_in(const json::Value& answer);

// An identity in a folder: DIR/device.key (0600), DIR/device.crt, DIR/ca.crt.
//
// The key that is there already, or a new one, which is on disk before anybody hears of it: the
// server pins it, and a pinned key that got lost locks the device out. `already_exists` if the
// folder belongs to another device. Makes the folder with mode 0700 if it is missing.
[[nodiscard]] Result<crypto::PrivateKey> find_or_make_key(const std::filesystem::path& folder,
                                                          const std::string& device_id);
// Errors as there.
[[nodiscard]] Result<void> save_certificate(const std::filesystem::path& folder,
                                            const std::string& device_id,
                                            const std::string& certificate_pem, const Trust& trust);
// `not_found` if there is none.
[[nodiscard]] Result<DeviceIdentity> load_identity(const std::filesystem::path& folder,
                                                   const std::string& device_id);

// The same for a device that has no id yet. `already_exists` if the folder has a certificate.
[[nodiscard]] Result<crypto::PrivateKey> find_or_make_first_key(
    const std::filesystem::path& folder);

// The device whose certificate is in the folder. `not_found` if there is none or no key.
[[nodiscard]] Result<DeviceIdentity> load_identity(const std::filesystem::path& folder);
// Whom the folder's device trusts as its server, PEM; roots::RootSet reads it too.
[[nodiscard]] Result<std::string> load_anchors(const std::filesystem::path& folder);
[[nodiscard]] std::filesystem::path anchors_path(const std::filesystem::path& folder);

// The three headers that stock Arduino libraries take their trust anchors from, with both roots in
// each, so that a board built today survives the loss of the active one.
struct ArduinoHeaders {
  std::string user_password;  // AIoTCUPCert.h: boards with device id and secret key
  std::string soft_element;   // AIoTCSSCert.h: UNO R4 WiFi with a certificate
  std::string bearssl;        // BearSSLTrustAnchors.h: boards with a secure element
};
[[nodiscard]] Result<ArduinoHeaders> arduino_headers(const Trust& trust);

}  // namespace fastness::client
