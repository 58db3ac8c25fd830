#include "vault/recovery/recovery.h"

#include <algorithm>

#include "vault/custody.h"
#include "vault/recovery/kit_records.h"
#include "vault/store/folders.h"

namespace fastness::vault {
namespace {

Unexpected<Error> differs(std::string_view what) {
  return fail(Errc::corrupted, "the kit opens, but " + std::string(what) +
                                   " in it differ from the vault's: make a new kit");
}

bool is_beginning(const std::vector<vault_ipc::Generation>& older,
                  const std::vector<vault_ipc::Generation>& newer) {
  return older.size() <= newer.size() &&
         std::equal(older.begin(), older.end(), newer.begin(), [](const auto& a, const auto& b) {
           return a.id == b.id && a.key == b.key && a.state <= b.state;
         });
}

}  // namespace

Result<PublicHistory> Recovery::history(std::vector<std::string> erased) const {
  PublicHistory history;
  history.taken_at = parts_.clock.now();
  history.generations = parts_.devices.generations().all();
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const vault_ipc::LedgerPage page,
                              parts_.devices.read_ledger(history.entries.size()));
    if (page.entries.empty()) break;
    history.entries.insert(history.entries.end(), page.entries.begin(), page.entries.end());
  }
  history.audit_head = parts_.audit_head;
  history.erased = std::move(erased);
  history.anchors = parts_.server.anchors();
  FASTNESS_ASSIGN_OR_RETURN(const ServerRoot root, server_root());
  history.server_root = root.place;
  return history;
}

// The one authority key that ever gets into a kit, from a sealed file: docs/decisions/0042.
Result<Recovery::ServerRoot> Recovery::server_root() const {
  FASTNESS_ASSIGN_OR_RETURN(const bool is_here, parts_.server.has_active());
  if (!is_here) return ServerRoot{ServerRootPlace::elsewhere, std::nullopt};
  FASTNESS_ASSIGN_OR_RETURN(
      const SealedFiles keys,
      open_folder(Folder::keys, parts_.files, parts_.directory, parts_.root, parts_.random));
  auto root = keys.read(ServerAuthority::kRootLabel);
  if (root) return ServerRoot{ServerRootPlace::in_kit, std::move(root).value()};
  if (root.error().code != Errc::not_found) return propagate(std::move(root));
  return ServerRoot{ServerRootPlace::in_token, std::nullopt};
}

Result<Recovery::MadeKit> Recovery::make_kit(const KitProtection& protection) {
  FASTNESS_RETURN_IF_ERROR(parts_.retention.enforce());
  FASTNESS_ASSIGN_OR_RETURN(EpochRing ring,
                            EpochRing::open_or_begin(parts_.records, parts_.clock, parts_.random));
  FASTNESS_ASSIGN_OR_RETURN(LastingKeys lasting, LastingKeys::open(parts_.records, parts_.root));
  FASTNESS_ASSIGN_OR_RETURN(ServerRoot root, server_root());
  FASTNESS_ASSIGN_OR_RETURN(OrganisationKeys::Held held, parts_.organisations.held());
  FASTNESS_ASSIGN_OR_RETURN(PublicHistory told, history(std::move(held.erased)));
  const KitContents contents{std::move(lasting), std::move(ring), std::move(root.key),
                             std::move(held.keys), std::move(told)};
  MadeKit made;
  made.header.instance = parts_.root.instance();
  made.header.environment = parts_.environment;
  made.header.id = random_uuid(parts_.random);
  made.header.created_at = contents.history.taken_at;
  FASTNESS_ASSIGN_OR_RETURN(made.header.owners, parts_.organisations.owners());
  made.header.generations = static_cast<std::uint32_t>(contents.history.generations.size());
  made.header.certificates = contents.history.entries.size();
  made.header.server_root = root.place;
  made.header.opens_from = contents.ring.first();
  FASTNESS_ASSIGN_OR_RETURN(ProtectedKit is,
                            protect_kit(protection, made.header.id, parts_.random));
  made.header.opening = std::move(is.opening);
  made.shares = std::move(is.shares);
  made.file = SealedKit::seal(made.header, contents, is.secret, parts_.random);
  return made;
}

Result<void> Recovery::record(const KitHeader& header) {
  FASTNESS_ASSIGN_OR_RETURN(auto kits, read_kits(parts_.records));
  kits.push_back(record_of(header));
  return write_kits(parts_.records, kits);
}

Result<void> Recovery::compare_held(const std::vector<HeldKey>& held) const {
  FASTNESS_ASSIGN_OR_RETURN(const OrganisationKeys::Held own, parts_.organisations.held());
  for (const HeldKey& key : held) {
    const auto same = std::ranges::find(own.keys, key.name, &HeldKey::name);
    // One that is gone was erased since, and will be where this vault's backups are restored.
    if (same == own.keys.end()) continue;
    if (!crypto::constant_time_equal(same->secret.reveal(), key.secret.reveal())) {
      return differs("the keys of organisations and people");
    }
  }
  return {};
}

// A kit that has a root's key which the vault gave away on purpose is not only old.
Result<void> Recovery::compare_roots(const KitHeader& header, const KitContents& contents) const {
  const vault_ipc::ServerAnchors anchors = parts_.server.anchors();
  if (contents.history.anchors.number < anchors.number) {
    return fail(Errc::corrupted,
                "the kit opens, but the server has changed its roots since: make a new kit, and "
                "destroy this one");
  }
  const auto& before = contents.history.anchors;
  if (before.active != anchors.active || before.standby != anchors.standby) {
    return differs("the roots of the server");
  }
  FASTNESS_ASSIGN_OR_RETURN(const ServerRoot root, server_root());
  if (header.server_root == ServerRootPlace::in_kit && root.place == ServerRootPlace::elsewhere) {
    return fail(Errc::corrupted,
                "the kit opens, but it has the key of the server root, which was taken out of the "
                "vault since: make a new kit, and destroy this one");
  }
  const bool is_same_root = root.place == header.server_root &&
                            (!root.key || crypto::constant_time_equal(
                                              root.key->reveal(), contents.server_root->reveal()));
  if (!is_same_root) return differs("the roots of the server");
  return {};
}

Result<void> Recovery::compare(const KitHeader& header, const KitContents& contents) const {
  if (!contents.lasting.is_same_as(parts_.lasting)) return differs("the keys of data and look-ups");
  FASTNESS_ASSIGN_OR_RETURN(const EpochRing ring,
                            EpochRing::open_or_begin(parts_.records, parts_.clock, parts_.random));
  if (!contents.ring.is_same_as(ring)) return differs("the keys of backups");
  FASTNESS_RETURN_IF_ERROR(compare_roots(header, contents));
  FASTNESS_RETURN_IF_ERROR(compare_held(contents.held));
  if (!is_beginning(contents.history.generations, parts_.devices.generations().all())) {
    return differs("the generations of the device authority");
  }
  FASTNESS_ASSIGN_OR_RETURN(PublicHistory now, history({}));
  const auto& before = contents.history.entries;
  const bool goes_on = before.size() <= now.entries.size() &&
                       std::equal(before.begin(), before.end(), now.entries.begin());
  if (!goes_on) return differs("the ledger's entries");
  return {};
}

Result<Recovery::Rehearsal> Recovery::rehearse(const SealedKit& kit,
                                               const crypto::SecretBytes& given) {
  if (kit.header().instance != parts_.root.instance()) {
    return fail(Errc::permission_denied, "the kit is another instance's");
  }
  FASTNESS_ASSIGN_OR_RETURN(auto kits, read_kits(parts_.records));
  const auto record = std::ranges::find(kits, kit.header().id, &vault_ipc::Kit::id);
  if (record == kits.end()) {
    return fail(Errc::not_found, "the vault does not know this kit: make a new one");
  }
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes secret, secret_of_kit(kit.header(), given));
  FASTNESS_ASSIGN_OR_RETURN(const KitContents contents, kit.open(secret));
  FASTNESS_RETURN_IF_ERROR(compare(kit.header(), contents));
  Rehearsal done;
  FASTNESS_ASSIGN_OR_RETURN(const std::uint32_t owners, parts_.organisations.owners());
  done.missing_owners = owners - std::min(owners, kit.header().owners);
  FASTNESS_ASSIGN_OR_RETURN(const auto page, parts_.devices.read_ledger(0));
  done.missing_certificates = page.size - contents.history.entries.size();
  done.server_root = kit.header().server_root;
  record->rehearsed_at = parts_.clock.now();
  FASTNESS_RETURN_IF_ERROR(write_kits(parts_.records, kits));
  return done;
}

Result<BegunBackup> Recovery::begin_backup() {
  FASTNESS_RETURN_IF_ERROR(parts_.retention.enforce());
  FASTNESS_ASSIGN_OR_RETURN(const EpochRing ring,
                            EpochRing::open_or_begin(parts_.records, parts_.clock, parts_.random));
  FASTNESS_ASSIGN_OR_RETURN(OrganisationKeys::Held held, parts_.organisations.held());
  FASTNESS_ASSIGN_OR_RETURN(const PublicHistory told, history(std::move(held.erased)));
  return vault::begin_backup(ring, parts_.root.instance(), parts_.environment, told,
                             parts_.clock.now(), parts_.random);
}

Result<vault_ipc::Custody> Recovery::custody() const {
  vault_ipc::Custody custody;
  FASTNESS_ASSIGN_OR_RETURN(const auto token, token_in_use(parts_.records));
  if (token) {
    custody.keys = vault_ipc::KeyPlace::token;
    custody.token = *token;
  }
  custody.opener = parts_.root.opener() == RootKey::Opener::passphrase
                       ? vault_ipc::RootOpener::passphrase
                       : vault_ipc::RootOpener::key_file;
  FASTNESS_ASSIGN_OR_RETURN(custody.has_standby, parts_.server.has_standby());
  FASTNESS_ASSIGN_OR_RETURN(custody.owners, parts_.organisations.owners());
  FASTNESS_ASSIGN_OR_RETURN(custody.kits, read_kits(parts_.records));
  return custody;
}

}  // namespace fastness::vault
