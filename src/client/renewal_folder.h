#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "client/enrolment.h"
#include "device/credential_slots.h"
#include "device/key_holder.h"

namespace fastness::client {

// The folder of a device that renews its certificate: device.key, device.crt and ca.crt, as `enrol`
// wrote them and other programs read them, and beside them `renewal/` with the slots that the
// library for devices keeps, and a second key while the key changes. The slots say what counts;
// device.key and device.crt follow them when a server has let the device in. Whatever dies in
// between, the next `open` puts it right. Thread-compatible; one process at a time.
class RenewalFolder {
 public:
  // `not_found` if there is no device, `permission_denied` if others may read its key. A
  // certificate that was put there by somebody else since is the one that counts.
  [[nodiscard]] static Result<RenewalFolder> open(const std::filesystem::path& folder);

  [[nodiscard]] const std::string& device_id() const { return device_id_; }
  [[nodiscard]] device::CredentialSlots& slots() { return slots_; }
  // Of the certificate that is kept.
  [[nodiscard]] const device::FileKey& key() const { return key_; }
  // The key that takes its place, if a change has begun.
  [[nodiscard]] const device::FileKey* next_key() const { return next_ ? &*next_ : nullptr; }
  // That key, made now if there is none. It is on the disk before anybody hears of it.
  [[nodiscard]] Result<const device::FileKey*> find_or_make_next_key();

  // What to connect with: the certificate that is on trial, or the kept one, with its key.
  [[nodiscard]] Result<DeviceIdentity> present() const;
  // What to renew with.
  [[nodiscard]] Result<DeviceIdentity> kept() const;

  // A server has let the device in with `present()`: its files are device.key and device.crt now.
  [[nodiscard]] Result<void> commit();

 private:
  RenewalFolder(std::filesystem::path folder, std::string device_id,
                std::unique_ptr<device::DirectoryStore> store, device::CredentialSlots slots,
                device::FileKey key, std::optional<device::FileKey> next)
      : folder_(std::move(folder)),
        device_id_(std::move(device_id)),
        store_(std::move(store)),
        slots_(std::move(slots)),
        key_(std::move(key)),
        next_(std::move(next)) {}
  [[nodiscard]] Result<DeviceIdentity> identity(const std::string& certificate_pem) const;
  [[nodiscard]] Result<void> publish();

  std::filesystem::path folder_;
  std::string device_id_;
  std::unique_ptr<device::DirectoryStore> store_;  // where `slots_` points
  device::CredentialSlots slots_;
  device::FileKey key_;
  std::optional<device::FileKey> next_;
};

}  // namespace fastness::client
