#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/random.h"
#include "base/result.h"
#include "vault/audit_head.h"
#include "vault/authority/device_authority.h"
#include "vault/authority/server_authority.h"
#include "vault/lasting_keys.h"
#include "vault/organisation_keys.h"
#include "vault/recovery/backup_head.h"
#include "vault/recovery/epoch_retention.h"
#include "vault/recovery/kit.h"
#include "vault/recovery/kit_opening.h"
#include "vault_ipc/messages/custody.h"

namespace fastness::vault {

// What an open vault does for the day on which its host is lost. For the host's own commands: no
// request leads to it, but to `custody` and `begin_backup`. A view of the vault, which must outlive
// it.
class Recovery {
 public:
  struct Parts {
    os::FileSystem& files;
    const std::filesystem::path& directory;
    const Clock& clock;
    Random& random;
    const RootKey& root;
    const LastingKeys& lasting;
    const SealedFiles& records;
    const OrganisationKeys& organisations;
    DeviceAuthority& devices;
    const ServerAuthority& server;
    const AuditHead& audit_head;
    EpochRetention& retention;
    Environment environment;
  };
  explicit Recovery(const Parts& parts) : parts_(parts) {}

  // A kit of everything as it is now, without the keys of months that are over: it opens no backup
  // past its retention. The vault does not know of it yet: see `record`.
  struct MadeKit {
    Bytes file;
    KitHeader header;
    std::vector<std::string> shares;  // one for each person; nothing keeps them
  };
  [[nodiscard]] Result<MadeKit> make_kit(const KitProtection& protection);
  // Remembers a kit, once its file is safe.
  [[nodiscard]] Result<void> record(const KitHeader& header);

  // Opens a kit and holds it against the vault as it is.
  struct Rehearsal {
    std::uint32_t missing_owners = 0;  // organisations and people that came after it
    std::uint64_t missing_certificates = 0;
    ServerRootPlace server_root = ServerRootPlace::in_token;
  };
  // Remembers that it went well. `permission_denied` for a kit of another instance, `not_found` for
  // one that this vault does not remember, `unauthenticated` if it does not open, `corrupted`,
  // naming what, if anything in it differs.
  [[nodiscard]] Result<Rehearsal> rehearse(const SealedKit& kit, const crypto::SecretBytes& given);

  [[nodiscard]] Result<BegunBackup> begin_backup();

  [[nodiscard]] Result<vault_ipc::Custody> custody() const;

 private:
  [[nodiscard]] Result<PublicHistory> history(std::vector<std::string> erased) const;
  struct ServerRoot {
    ServerRootPlace place;
    std::optional<crypto::SecretBytes> key;
  };
  [[nodiscard]] Result<ServerRoot> server_root() const;
  [[nodiscard]] Result<void> compare(const KitHeader& header, const KitContents& contents) const;
  [[nodiscard]] Result<void> compare_roots(const KitHeader& header,
                                           const KitContents& contents) const;
  [[nodiscard]] Result<void> compare_held(const std::vector<HeldKey>& held) const;

  Parts parts_;
};

}  // namespace fastness::vault
