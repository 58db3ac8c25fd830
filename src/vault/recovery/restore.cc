#include "vault/recovery/restore.h"

#include "vault/authority/generations.h"
#include "vault/authority/server_authority.h"
#include "vault/environment_record.h"
#include "vault/recovery/epoch_retention.h"
#include "vault/recovery/kit_records.h"
#include "vault/store/folders.h"
#include "vault/store/ledger.h"
#include "vault/store/software_key_store.h"

namespace fastness::vault {
namespace {

// The place of authority keys on the new host. A root out of a kit goes into a sealed file, where
// it was before: beside a token too, for nothing can be put into one.
Result<std::unique_ptr<KeyStore>> make_key_store(Restore& restore, const RootKey& root,
                                                 const SealedFiles& records, ServerRootPlace place,
                                                 std::optional<crypto::SecretBytes> server_root) {
  if (place == ServerRootPlace::in_token && !restore.token) {
    return fail(Errc::invalid_argument,
                "the server root is in a token and not in the kit: restore with vault.keys = "
                "\"token\" and that token");
  }
  const auto keys = [&] {
    return open_folder(Folder::keys, restore.files, restore.directory, root, restore.random);
  };
  if (place == ServerRootPlace::in_kit) {
    auto key = crypto::PrivateKey::from_pkcs8(*server_root);
    if (!key) return fail(Errc::corrupted, "the server root in the kit is damaged");
    FASTNESS_ASSIGN_OR_RETURN(SealedFiles of_root, keys());
    SoftwareKeyStore store(std::move(of_root));
    FASTNESS_RETURN_IF_ERROR(store.import_key(ServerAuthority::kRootLabel, std::move(key).value()));
    if (restore.token) restore.token->old_keys = TokenChoice::OldKeys::in_sealed_files;
  }
  FASTNESS_ASSIGN_OR_RETURN(SealedFiles sealed, keys());
  return open_key_store(records, std::move(sealed), root, true, std::move(restore.token));
}

// A root set that followed the kit's was brought in by the standby root, which lies elsewhere. And
// a root that was carried away since stays with its owner, even though the kit has it.
ServerRootPlace place_of_root(const KitContents& contents, const PublicHistory& now,
                              const vault_ipc::ServerAnchors& of_kit) {
  if (of_kit.number != now.anchors.number) return ServerRootPlace::elsewhere;
  const bool is_missing =
      now.server_root == ServerRootPlace::in_kit && !contents.server_root.has_value();
  return is_missing ? ServerRootPlace::elsewhere : now.server_root;
}

// What everybody may know, and the head of the audit log.
Result<void> restore_history(const Restore& restore, const RootKey& root,
                             const SealedFiles& records, PublicHistory history) {
  FASTNESS_RETURN_IF_ERROR(Generations::restore(
      records, without_their_keys(std::move(history.generations), restore.clock.now())));
  FASTNESS_RETURN_IF_ERROR(Ledger::write(restore.files, restore.directory / Ledger::kFileName,
                                         Ledger::mac_key_of(root), history.entries));
  return write_audit_head(records, history.audit_head);
}

Result<void> check_instance(const KitHeader& header, const BackupHead& backup) {
  if (backup.instance == header.instance) return {};
  return fail(Errc::permission_denied,
              "the kit and the backup are of two instances: nothing was restored");
}

Unexpected<Error> two_environments() {
  return fail(Errc::corrupted, "the kit and the backup are for two environments");
}

// What is in a backup of one environment must not run in another: its devices, keys and people are
// real, and a copy would answer for them.
Result<void> check_environment(Environment wanted, const KitHeader& header,
                               const BackupHead& backup) {
  if (header.environment != backup.environment) return two_environments();
  if (backup.environment == wanted) return {};
  const std::string is(to_text(backup.environment));
  return fail(Errc::permission_denied,
              "the backup is of an instance for " + is + ", and the settings say " +
                  std::string(to_text(wanted)) +
                  ": nothing was restored, for its people, devices and keys would be there too. To "
                  "have that instance back, restore with --set instance.environment=" +
                  is + "; for a copy without them, restore with --scrub");
}

// There is no better rehearsal than this.
Result<void> remember(const SealedFiles& records, const Restore& restore, const KitHeader& header) {
  vault_ipc::Kit used = record_of(header);
  used.rehearsed_at = restore.clock.now();
  return write_kits(records, {used});
}

}  // namespace

Result<BackupTicket> read_backup_ticket(os::FileSystem& files,
                                        const std::filesystem::path& directory,
                                        const std::optional<crypto::SecretBytes>& passphrase,
                                        Random& random, const BackupHead& backup) {
  FASTNESS_ASSIGN_OR_RETURN(const bool is_there, RootKey::exists(files, directory));
  if (!is_there) return fail(Errc::not_found, "there is no vault in " + directory.string());
  FASTNESS_ASSIGN_OR_RETURN(const RootKey root,
                            RootKey::open_or_create(files, directory, passphrase, random));
  if (backup.instance != root.instance()) {
    return fail(Errc::permission_denied, "the backup is another instance's");
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::optional<EpochRing> ring,
                            EpochRing::read(read_records(files, directory, root, random)));
  if (!ring) return fail(Errc::not_found, "this vault has no key of a backup yet");
  FASTNESS_ASSIGN_OR_RETURN(OpenedBackup opened, open_backup(*ring, backup));
  return std::move(opened.ticket);
}

Result<ScrubKeys> open_for_scrub(const KitHeader& header, const KitContents& contents,
                                 const BackupHead& backup, Environment wanted) {
  FASTNESS_RETURN_IF_ERROR(check_instance(header, backup));
  FASTNESS_ASSIGN_OR_RETURN(OpenedBackup opened, open_backup(contents.ring, backup));
  if (header.environment != backup.environment) return two_environments();
  if (wanted == Environment::production) {
    return fail(Errc::invalid_argument,
                "a scrubbed copy is for staging or development: set instance.environment");
  }
  return ScrubKeys{std::move(opened.ticket), contents.lasting.copy(LastingKey::database)};
}

Result<BackupTicket> restore_vault(Restore restore, const KitHeader& header, KitContents contents,
                                   const BackupHead& backup) {
  FASTNESS_RETURN_IF_ERROR(check_instance(header, backup));
  FASTNESS_ASSIGN_OR_RETURN(OpenedBackup opened, open_backup(contents.ring, backup));
  FASTNESS_RETURN_IF_ERROR(check_environment(restore.environment, header, backup));
  const vault_ipc::ServerAnchors of_kit = contents.history.anchors;
  FASTNESS_ASSIGN_OR_RETURN(PublicHistory history,
                            merge(std::move(contents.history), std::move(opened.history)));
  const vault_ipc::ServerAnchors anchors = history.anchors;
  const ServerRootPlace place = place_of_root(contents, history, of_kit);
  FASTNESS_ASSIGN_OR_RETURN(const RootKey root,
                            RootKey::create_for(header.instance, restore.files, restore.directory,
                                                restore.passphrase, restore.random));
  FASTNESS_ASSIGN_OR_RETURN(
      const SealedFiles records,
      open_folder(Folder::records, restore.files, restore.directory, root, restore.random));
  FASTNESS_ASSIGN_OR_RETURN(
      const SealedFiles shares,
      open_folder(Folder::shares, restore.files, restore.directory, root, restore.random));
  FASTNESS_RETURN_IF_ERROR(write_environment(records, restore.environment));
  FASTNESS_RETURN_IF_ERROR(contents.lasting.keep(records));
  FASTNESS_RETURN_IF_ERROR(contents.ring.keep(records));
  FASTNESS_RETURN_IF_ERROR(EpochRetention::begin(records, history.taken_at));
  FASTNESS_RETURN_IF_ERROR(
      OrganisationKeys::restore(shares, {std::move(contents.held), std::move(history.erased)}));
  FASTNESS_RETURN_IF_ERROR(restore_history(restore, root, records, std::move(history)));
  FASTNESS_ASSIGN_OR_RETURN(const auto keys, make_key_store(restore, root, records, place,
                                                            std::move(contents.server_root)));
  using ActiveRoot = ServerAuthority::ActiveRoot;
  FASTNESS_RETURN_IF_ERROR(ServerAuthority::restore(
      records, *keys, restore.clock, restore.random, anchors,
      place == ServerRootPlace::elsewhere ? ActiveRoot::elsewhere : ActiveRoot::in_key_store));
  // One that differs in its roots is no kit of the vault as it is: another is to be made.
  const bool is_current = of_kit.number == anchors.number && place == header.server_root;
  if (is_current) FASTNESS_RETURN_IF_ERROR(remember(records, restore, header));
  return std::move(opened.ticket);
}

}  // namespace fastness::vault
