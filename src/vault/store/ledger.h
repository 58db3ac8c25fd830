#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids/ids.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "crypto/secret/secret_bytes.h"
#include "ledger/entry.h"
#include "vault/store/root_key.h"

namespace fastness::os {
class File;
class FileSystem;
}  // namespace fastness::os

namespace fastness::vault {

// Every certificate that was ever issued, in one file that only grows. Each record carries a MAC
// that covers all before it, so that a changed, exchanged or missing one is found at start; a
// record that a power cut left half-written was never released and is dropped. Lives on one thread.
class Ledger {
 public:
  static constexpr char kFileName[] = "ledger";
  [[nodiscard]] static crypto::SecretBytes mac_key_of(const RootKey& root);

  // Reads the whole file, or makes an empty one. `corrupted` if anything but the tail is damaged.
  // `files` must outlive the object.
  [[nodiscard]] static Result<Ledger> open(os::FileSystem& files, const std::filesystem::path& path,
                                           crypto::SecretBytes mac_key);
  // Puts a file with these entries, whose indices count from 0, where `path` is. `files` is used
  // during the call only.
  [[nodiscard]] static Result<void> write(os::FileSystem& files, const std::filesystem::path& path,
                                          const crypto::SecretBytes& mac_key,
                                          const std::vector<ledger::LedgerEntry>& entries);
  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger();

  // On success the entry survives a power cut. Its index must be size(). After a failure nothing
  // more can be appended until the vault starts anew, because what is on the disk is unknown.
  [[nodiscard]] Result<void> append(const ledger::LedgerEntry& entry);

  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }
  [[nodiscard]] crypto::Digest root() const { return tree_.root(); }
  // When the newest entry was made; the epoch of an empty ledger.
  [[nodiscard]] Timestamp last_time() const { return last_time_; }

  // At most `limit` entries from `first` on; none past the end.
  [[nodiscard]] Result<std::vector<ledger::LedgerEntry>> read(std::uint64_t first,
                                                              std::size_t limit) const;

  // What the device's newest certificate is for, and who signed it.
  struct Newest {
    crypto::Digest key{};
    ledger::GenerationId generation{0};
  };
  [[nodiscard]] std::optional<Newest> newest_of(DeviceId device) const;

  // The device's last change to another key, unless it was taken back.
  struct KeyChange {
    crypto::Digest old_key{};
    Timestamp at{};
  };
  [[nodiscard]] std::optional<KeyChange> key_change_of(DeviceId device) const;
  // Whether a change of the device to this key was taken back.
  [[nodiscard]] bool was_taken_back(DeviceId device, const crypto::Digest& key) const;

 private:
  using Mac = std::array<std::uint8_t, 16>;

  Ledger(std::unique_ptr<os::File> file, crypto::SecretBytes mac_key);
  // What covers a record: all before it (by the last one's MAC), then itself.
  [[nodiscard]] static Mac mac_of(const crypto::SecretBytes& mac_key, const Mac& last,
                                  ByteView encoded);
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<bool> load_record(std::uint64_t index);
  void include(const ledger::LedgerEntry& entry, const Mac& mac);
  void include_key_change(const ledger::LedgerEntry& entry);

  std::unique_ptr<os::File> file_;
  crypto::SecretBytes mac_key_;
  Mac last_mac_{};
  crypto::MerkleFrontier tree_;
  Timestamp last_time_{};
  std::unordered_map<DeviceId, Newest> newest_;
  std::unordered_map<DeviceId, KeyChange> key_changes_;
  std::set<std::pair<DeviceId, crypto::Digest>> taken_back_;
  bool is_broken_ = false;
};

}  // namespace fastness::vault
