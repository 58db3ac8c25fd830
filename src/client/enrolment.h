#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "client/api.h"
#include "crypto/p256.h"

namespace fastness::client {

// A device's key and certificate. The key was made here and never leaves.
struct DeviceIdentity {
  std::string device_id;
  crypto::PrivateKey key;
  std::string certificate_pem;
};

// Makes a key and a certificate request, and has the server sign it. `profile` is `standard` or
// `board`. Errors as Api's.
[[nodiscard]] Result<DeviceIdentity> enrol_device(Api& api, const std::string& device_id,
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
};
[[nodiscard]] Result<Trust> fetch_trust(Api& api);

// DIR/device.key (0600), DIR/device.crt, DIR/ca.crt; makes DIR with mode 0700 if it is missing.
[[nodiscard]] Result<void> save_identity(const std::filesystem::path& folder,
                                         const DeviceIdentity& identity, const Trust& trust);
// `not_found` if there is none.
[[nodiscard]] Result<DeviceIdentity> load_identity(const std::filesystem::path& folder,
                                                   const std::string& device_id);

// The key as PKCS#8 PEM.
[[nodiscard]] std::string key_pem(const crypto::PrivateKey& key);

// The three headers that stock Arduino libraries take their trust anchors from, with both roots in
// each, so that a board built today survives the loss of the active one.
struct ArduinoHeaders {
  std::string user_password;  // AIoTCUPCert.h: boards with device id and secret key
  std::string soft_element;   // AIoTCSSCert.h: UNO R4 WiFi with a certificate
  std::string bearssl;        // BearSSLTrustAnchors.h: boards with a secure element
};
[[nodiscard]] Result<ArduinoHeaders> arduino_headers(const Trust& trust);

}  // namespace fastness::client
