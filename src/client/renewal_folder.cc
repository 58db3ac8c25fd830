#include "client/renewal_folder.h"

#include <cerrno>
#include <span>
#include <utility>

#include <sys/stat.h>

#include "client/credentials.h"
#include "crypto/public_key/pem.h"
#include "crypto/secret/secret_bytes.h"
#include "crypto/x509/certificate.h"
#include "device/certificates.h"
#include "device/files.h"

namespace fastness::client {

using device::CredentialSlots;
using device::DirectoryStore;
using device::FileKey;

namespace {

constexpr const char* kDeviceKey = "device.key";
constexpr const char* kDeviceCertificate = "device.crt";
constexpr const char* kSlotFolder = "renewal";
constexpr const char* kNextKey = "next.key";
// The digest of device.crt as we wrote it, by which one that somebody else put there is told.
constexpr std::string_view kWritten = "written";

std::string digest_text(const std::string& text) {
  return to_hex(device::digest_of(as_bytes(text)));
}

Result<CredentialSlots> begin_anew(DirectoryStore& store, const std::filesystem::path& next_key,
                                   const std::string& certificate) {
  std::error_code ignored;  // none is there, or one that was for another certificate
  std::filesystem::remove(next_key, ignored);
  FASTNESS_ASSIGN_OR_RETURN(auto slots, CredentialSlots::begin(store, certificate));
  FASTNESS_RETURN_IF_ERROR(store.replace(kWritten, digest_text(certificate)));
  return slots;
}

// The slots as they are, unless device.crt is neither what we wrote last nor what is kept.
Result<CredentialSlots> open_slots(DirectoryStore& store, const std::filesystem::path& next_key,
                                   const std::string& certificate) {
  FASTNESS_ASSIGN_OR_RETURN(const auto written, store.read(kWritten));
  auto slots = CredentialSlots::open(store);
  if (!slots && slots.error().code != Errc::not_found) return slots;
  const bool is_ours =
      slots && (slots->kept() == certificate || written == digest_text(certificate));
  return is_ours ? std::move(slots) : begin_anew(store, next_key, certificate);
}

Result<std::optional<FileKey>> open_next(const std::filesystem::path& file) {
  auto key = FileKey::open(file);
  if (key) return std::optional<FileKey>(std::move(key).value());
  if (key.error().code == Errc::not_found) return std::optional<FileKey>();
  return propagate(std::move(key));
}

}  // namespace

Result<RenewalFolder> RenewalFolder::open(const std::filesystem::path& folder) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string pem, read_text_file(folder / kDeviceCertificate));
  FASTNESS_ASSIGN_OR_RETURN(const auto certificate, crypto::Certificate::parse_pem(pem));
  FASTNESS_ASSIGN_OR_RETURN(FileKey key, FileKey::open(folder / kDeviceKey));
  const std::filesystem::path slot_folder = folder / kSlotFolder;
  if (::mkdir(slot_folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return device::fail_with_errno("make " + slot_folder.string());
  }
  auto store = std::make_unique<DirectoryStore>(slot_folder);
  FASTNESS_ASSIGN_OR_RETURN(CredentialSlots slots, open_slots(*store, slot_folder / kNextKey, pem));
  FASTNESS_ASSIGN_OR_RETURN(auto next, open_next(slot_folder / kNextKey));
  RenewalFolder opened(folder, certificate.common_name(), std::move(store), std::move(slots),
                       std::move(key), std::move(next));
  FASTNESS_RETURN_IF_ERROR(opened.publish());
  if (!device::is_for(opened.slots_.kept(), opened.key_)) {
    return fail(Errc::corrupted, (folder / kDeviceKey).string() + " is not the key of " +
                                     (folder / kDeviceCertificate).string());
  }
  return opened;
}

Result<const FileKey*> RenewalFolder::find_or_make_next_key() {
  if (!next_) {
    FASTNESS_ASSIGN_OR_RETURN(next_, FileKey::make(folder_ / kSlotFolder / kNextKey));
  }
  return &*next_;
}

Result<DeviceIdentity> RenewalFolder::identity(const std::string& certificate_pem) const {
  const bool is_next = next_ && device::is_for(certificate_pem, *next_);
  const auto file = is_next ? folder_ / kSlotFolder / kNextKey : folder_ / kDeviceKey;
  FASTNESS_ASSIGN_OR_RETURN(const std::string pem, read_text_file(file));
  FASTNESS_ASSIGN_OR_RETURN(Bytes der, crypto::from_pem(crypto::kPrivateKeyLabel, pem));
  FASTNESS_ASSIGN_OR_RETURN(auto key,
                            crypto::PrivateKey::from_pkcs8(crypto::SecretBytes::take(der)));
  return DeviceIdentity{device_id_, std::move(key), certificate_pem};
}

Result<DeviceIdentity> RenewalFolder::present() const {
  return identity(slots_.present());
}

Result<DeviceIdentity> RenewalFolder::kept() const {
  return identity(slots_.kept());
}

Result<void> RenewalFolder::commit() {
  FASTNESS_RETURN_IF_ERROR(slots_.commit());
  return publish();
}

// The key first: a certificate without its key is of no use, and until the last file is written
// the next `open` comes here again. The second key goes when nothing needs it.
Result<void> RenewalFolder::publish() {
  const auto next_file = folder_ / kSlotFolder / kNextKey;
  const bool is_changed = next_ && device::is_for(slots_.kept(), *next_);
  if (is_changed) {
    FASTNESS_ASSIGN_OR_RETURN(std::string pem, read_text_file(next_file));
    const auto written = device::replace_file(folder_ / kDeviceKey, pem);
    crypto::secure_zero(std::span(reinterpret_cast<std::uint8_t*>(pem.data()), pem.size()));
    FASTNESS_RETURN_IF_ERROR(written);
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::string shown, read_text_file(folder_ / kDeviceCertificate));
  if (shown != slots_.kept()) {
    FASTNESS_RETURN_IF_ERROR(device::replace_file(folder_ / kDeviceCertificate, slots_.kept()));
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto noted, store_->read(kWritten));
  if (noted != digest_text(slots_.kept())) {
    FASTNESS_RETURN_IF_ERROR(store_->replace(kWritten, digest_text(slots_.kept())));
  }
  if (!is_changed) return {};
  key_ = std::move(*next_);
  next_.reset();
  std::error_code ignored;  // it is the same key as device.key
  std::filesystem::remove(next_file, ignored);
  return {};
}

}  // namespace fastness::client
