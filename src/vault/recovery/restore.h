#pragma once

#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "base/environment.h"
#include "base/random.h"
#include "base/result.h"
#include "vault/custody.h"
#include "vault/recovery/backup_head.h"
#include "vault/recovery/kit.h"

namespace fastness::os {
class FileSystem;
}

namespace fastness::vault {

// Makes the vault of an instance whose host was lost, in an empty directory, out of an opened kit
// and the head of a backup. It has a root key of its own; what was sealed under the old one stays
// sealed. No key of the device authority of before is there: a new generation begins to issue when
// the vault is first opened. If the server's active root lay elsewhere by the time of either, or
// the server has changed its roots since the kit was made, the vault issues nothing to servers
// before the active root was asked (ServerAuthority::restore): a root that was given up does not
// come back. After a failure the directory is to be thrown away.
struct Restore {
  os::FileSystem& files;
  const std::filesystem::path& directory;
  const Clock& clock;
  Random& random;
  const std::optional<crypto::SecretBytes>& passphrase;  // of the new vault
  std::optional<TokenChoice> token;                      // the same: for its authority keys
  Environment environment;                               // that the new host is for
};

// What unpacks the rest of the backup. `already_exists` if there is a vault, `permission_denied` if
// kit and backup are of two instances or of another environment, `invalid_argument` if the server
// root is in a token that is not there; otherwise as open_backup and merge say.
[[nodiscard]] Result<BackupTicket> restore_vault(Restore restore, const KitHeader& header,
                                                 KitContents contents, const BackupHead& backup);

// What a copy for another environment is made with: what unpacks the rest of the backup, and what
// the database in it is sealed with. Nothing else of the instance leaves the kit, and none of it
// comes into the other's vault.
struct ScrubKeys {
  BackupTicket ticket;
  crypto::SecretBytes database;
};

// `invalid_argument` if `wanted` is production, which is restored and never made of a copy;
// `permission_denied` if kit and backup are of two instances, `corrupted` if they are for two
// environments; otherwise as open_backup says. Writes nothing.
[[nodiscard]] Result<ScrubKeys> open_for_scrub(const KitHeader& header, const KitContents& contents,
                                               const BackupHead& backup, Environment wanted);

// What the rest of a backup is read with, by the vault in a directory, which may be at work:
// nothing is written there, and no lock is needed. For whoever verifies a backup; no request leads
// here. `not_found` if there is no vault or the key was forgotten, `permission_denied` for another
// instance's backup; otherwise as opening the root key and open_backup say.
[[nodiscard]] Result<BackupTicket> read_backup_ticket(
    os::FileSystem& files, const std::filesystem::path& directory,
    const std::optional<crypto::SecretBytes>& passphrase, Random& random, const BackupHead& backup);

}  // namespace fastness::vault
