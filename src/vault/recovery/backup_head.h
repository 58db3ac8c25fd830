#pragma once

#include <array>
#include <functional>
#include <span>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/ids/uuid.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/secret/secret_bytes.h"
#include "vault/recovery/epoch_ring.h"
#include "vault/recovery/public_history.h"

namespace fastness::vault {

// What the rest of a backup is sealed with: handed to the program that packs or unpacks it, which
// learns no other key.
struct BackupTicket {
  crypto::SecretBytes key;
  crypto::Digest head;  // of the file's head, so that no head fits another's rest

  static constexpr std::size_t kEncodedSize = 64;
};

// The head of a backup, which the vault itself writes and reads: whose it is, for what, and of
// which month, and then the vault's public history, sealed under a key that nobody else ever has.
// So not even who packed the backup can have changed it.
struct BackupHead {
  Uuid instance{Uuid::Bytes{}};
  Environment environment = Environment::production;  // as a backup says nothing of before it did
  Month month = 0;                                    // whose epoch key seals it
  std::array<std::uint8_t, 16> salt{};
  Timestamp created_at{};
  Bytes sealed_history;
  Bytes before_history;  // the file as it was read until there

  // The head's bytes, whole.
  [[nodiscard]] Bytes to_bytes() const;
};

// Fills its argument from the file, or fails.
using ReadExactly = std::function<Result<void>(std::span<std::uint8_t>)>;

// A head for a backup that is made now. `unavailable` if the clock is behind the ring.
struct BegunBackup {
  Bytes head;
  BackupTicket ticket;
};
[[nodiscard]] Result<BegunBackup> begin_backup(const EpochRing& ring, const Uuid& instance,
                                               Environment environment,
                                               const PublicHistory& history, Timestamp now,
                                               Random& random);

// Reads a head and nothing after it. `invalid_argument` if the file is no backup of this version.
[[nodiscard]] Result<BackupHead> read_backup_head(const ReadExactly& read);

struct OpenedBackup {
  PublicHistory history;
  BackupTicket ticket;
};
// `not_found` if the key of its month was forgotten, `corrupted` if it is another instance's ring
// or the head was changed.
[[nodiscard]] Result<OpenedBackup> open_backup(const EpochRing& ring, const BackupHead& head);

}  // namespace fastness::vault
