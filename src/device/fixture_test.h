#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "device/credential_slots.h"
#include "device/key_holder.h"

namespace fastness::device::testing {

inline constexpr const char* kDeviceId = "7d3c1f8e-5f0a-4f3e-9a57-0d6f3c2b1a00";

// A folder of its own, gone with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "fastness-device-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A certificate as some authority would make it: DER.
[[nodiscard]] Bytes certificate_for(const Bytes& spki, const std::string& common_name,
                                    Timestamp not_after);

// Whether `signature` is one of `message` by the key.
[[nodiscard]] bool is_signed_by(const Bytes& spki, ByteView message, const Bytes& signature);

// The public key and common name in a PKCS#10 request whose own signature is good; empty if it is
// not.
struct RequestFacts {
  Bytes spki;
  std::string common_name;
};
[[nodiscard]] RequestFacts read_request(const Bytes& der);

// A certs-only message.
[[nodiscard]] Bytes message_of(const std::vector<Bytes>& certificates);

inline const Timestamp kNow = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30));

// A device with a key in a file and a certificate.
class DeviceTest : public ::testing::Test {
 protected:
  static Bytes own_certificate(const KeyHolder& key,
                               Timestamp not_after = kNow + std::chrono::days(60)) {
    return certificate_for(key.public_key(), kDeviceId, not_after);
  }

  Folder folder;
  FileKey key = FileKey::make(folder.path() / "device.key").value();
};

}  // namespace fastness::device::testing
