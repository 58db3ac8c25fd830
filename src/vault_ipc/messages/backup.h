// What the vault gives to a backup of an instance that runs: docs/decisions/0052.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::vault_ipc {

enum class Kind : std::uint16_t;

// A backup that begins now: what the rest of it is to be sealed with, and how long its head is.
struct BackupBegun {
  crypto::SecretBytes key;  // 32 bytes, of this backup alone
  crypto::Digest head{};    // of the head
  std::uint64_t head_size = 0;

  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<BackupBegun> decode(ByteReader& in);
};

// Begins one with a salt that the vault draws: none that was begun before can be named, so that no
// key of an earlier backup comes out. The vault keeps the head, which it seals itself, until the
// next one is begun. `unavailable` if the clock is behind the month that backups begin in.
struct BeginBackup {
  static constexpr Kind kKind = Kind(60);
  using Reply = BackupBegun;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<BeginBackup> decode(ByteReader& in);
};

struct BackupHeadPart {
  Bytes bytes;

  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<BackupHeadPart> decode(ByteReader& in);
};

// Some of the head from `offset` on: at least one byte. `not_found` if no backup was begun, or the
// head ends before.
struct ReadBackupHead {
  static constexpr Kind kKind = Kind(61);
  static constexpr std::size_t kMost = std::size_t{256} << 10U;
  using Reply = BackupHeadPart;
  std::uint64_t offset = 0;
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<ReadBackupHead> decode(ByteReader& in);
};

}  // namespace fastness::vault_ipc
