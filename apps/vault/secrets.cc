#include "secrets.h"

#include "vault/passphrase.h"

namespace fastness::vault_app {
namespace {

// What opens the vault; for a migration, what does now and what is to.
Result<void> read_openers(const Arguments& arguments, os::FileSystem& files, Secrets& secrets) {
  if (arguments.task == Task::open_backup && arguments.kit) return {};  // no vault is opened
  if (arguments.task != Task::migrate) {
    FASTNESS_ASSIGN_OR_RETURN(
        secrets.passphrase,
        vault::read_passphrase(arguments.passphrase, files, arguments.directory));
    return {};
  }
  vault::MigrationWish wish = arguments.migration;
  wish.passphrase = arguments.passphrase;
  FASTNESS_ASSIGN_OR_RETURN(secrets.migration,
                            vault::read_migration_secrets(wish, files, arguments.directory));
  return {};
}

// What opens a kit, or will.
Result<std::optional<crypto::SecretBytes>> read_kit_secret(const Arguments& arguments) {
  if (!arguments.kit_secret) return std::optional<crypto::SecretBytes>();
  using vault::KitSecret;
  const KitSecret what = arguments.task == Task::make_kit ? KitSecret::new_passphrase
                         : arguments.kit_by_shares        ? KitSecret::shares
                                                          : KitSecret::passphrase;
  FASTNESS_ASSIGN_OR_RETURN(auto secret, vault::read_kit_secret(*arguments.kit_secret, what));
  return std::optional(std::move(secret));
}

}  // namespace

Result<Secrets> read_secrets(const Arguments& arguments, os::FileSystem& files) {
  Secrets secrets;
  FASTNESS_RETURN_IF_ERROR(read_openers(arguments, files, secrets));
  FASTNESS_ASSIGN_OR_RETURN(secrets.pin, vault::read_token_pin(arguments.token_pin));
  FASTNESS_ASSIGN_OR_RETURN(secrets.kit, read_kit_secret(arguments));
  return secrets;
}

}  // namespace fastness::vault_app
