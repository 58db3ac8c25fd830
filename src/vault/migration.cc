#include "vault/migration.h"

#include <algorithm>

#include "os/files/file_system.h"
#include "vault/passphrase.h"

namespace fastness::vault {
namespace {

using Opener = RootKey::Opener;

std::optional<crypto::SecretBytes> copy_of(const std::optional<crypto::SecretBytes>& secret) {
  if (!secret) return std::nullopt;
  crypto::SecretBytes copy(secret->size());
  std::ranges::copy(secret->reveal(), copy.reveal().begin());
  return copy;
}

Result<void> check_wish(const MigrationWish& wish, Opener opener) {
  if (wish.opener == Opener::passphrase) return {};
  if (wish.changes_passphrase) {
    return fail(Errc::invalid_argument,
                "there is no passphrase to change where vault.key = \"file\"");
  }
  if (opener == Opener::key_file || wish.accepts_key_file) return {};
  return fail(Errc::permission_denied,
              "vault.key = \"file\" would put what opens this vault on the disk beside it, for "
              "whoever gets the disk: say --yes if this is meant");
}

// Old keys stay where they are; the issuing authority of the server can be replaced at once, since
// nobody trusts it by name. A root that lies elsewhere does so when it is next asked: what it was
// asked before is about a key in a file, and is taken back.
Result<void> move_keys(Vault& vault, MigrationReport& report) {
  ServerAuthority& authority = vault.server_authority();
  FASTNESS_ASSIGN_OR_RETURN(std::vector<std::string> sealed, vault.sealed_key_labels());
  const auto is_sealed = [&](const std::string& label) {
    return std::ranges::find(sealed, label) != sealed.end();
  };
  report.has_moved = is_sealed(authority.issuer_label());
  FASTNESS_ASSIGN_OR_RETURN(const bool has_root, authority.has_active());
  if (report.has_moved && has_root) {
    FASTNESS_RETURN_IF_ERROR(authority.replace_issuer());
  } else if (is_sealed(authority.requested_issuer_label())) {
    FASTNESS_RETURN_IF_ERROR(authority.withdraw());
  }
  FASTNESS_ASSIGN_OR_RETURN(report.still_sealed, vault.sealed_key_labels());
  return {};
}

std::string fate_of(const std::string& label) {
  constexpr std::string_view kDevices = "device-authority-";
  constexpr std::string_view kIssuers = "server-issuer-";
  if (label.starts_with(kDevices)) {
    return "until fastness ca destroy " + label.substr(kDevices.size());
  }
  if (label.starts_with(kIssuers)) {
    return "until the root that lies elsewhere signs another: fastness host ca root-request";
  }
  return "until it is carried away (fastness host ca export-root), or the server changes to its "
         "standby root";
}

std::string text_of(Opener opener, const std::filesystem::path& directory) {
  if (opener == Opener::key_file) {
    return "The vault opens with the key file " + (directory / "unlock.key").string() +
           " now: whoever gets this disk can open it.\n";
  }
  return "The vault opens with the new passphrase now, and what opened it was overwritten. Copies "
         "of " +
         directory.string() +
         " from before, and old blocks that the disk kept, open as before: destroy them.\n";
}

}  // namespace

Result<MigrationSecrets> read_migration_secrets(const MigrationWish& wish, os::FileSystem& files,
                                                const std::filesystem::path& directory) {
  const auto opener = RootKey::opener_of(files, directory);
  if (!opener && opener.error().code == Errc::not_found) {
    return fail(Errc::not_found, "there is no vault in " + directory.string() +
                                     " yet: the first start makes one as the settings say");
  }
  if (!opener) return Unexpected<Error>{opener.error()};
  FASTNESS_RETURN_IF_ERROR(check_wish(wish, *opener));
  MigrationSecrets secrets;
  if (*opener == Opener::passphrase) {
    FASTNESS_ASSIGN_OR_RETURN(secrets.now, read_passphrase(wish.passphrase, files, directory));
    if (!secrets.now) return fail(Errc::unauthenticated, "the vault needs its passphrase");
  }
  secrets.changes_opener = *opener != wish.opener || wish.changes_passphrase;
  if (wish.opener == Opener::key_file) return secrets;
  if (secrets.changes_opener) {
    FASTNESS_ASSIGN_OR_RETURN(secrets.next, read_new_passphrase(wish.new_passphrase));
    if (!secrets.next) {
      return fail(Errc::unauthenticated,
                  "the vault needs its new passphrase: a terminal to ask at, or "
                  "--new-passphrase-fd");
    }
  }
  return secrets;
}

std::string MigrationReport::to_text(const std::filesystem::path& directory) const {
  std::string text;
  if (opener) text += text_of(*opener, directory);
  if (has_moved) {
    text += "Authority keys are made in the token \"" + token +
            "\" from now on. Next: start the instance, then fastness ca rotate.\n";
  }
  if (text.empty()) text = "The vault is as the settings say: nothing was changed.\n";
  if (token.empty() || still_sealed.empty()) return text;
  text += "No key can be put into a token, so these stay in sealed files:\n";
  for (const std::string& label : still_sealed) text += "  " + label + "  " + fate_of(label) + "\n";
  return text;
}

Result<MigrationReport> migrate(Vault::Options options, MigrationSecrets secrets) {
  os::FileSystem& files = options.files;
  const std::filesystem::path directory = options.directory;
  Random& random = options.random;
  MigrationReport report;
  options.passphrase = copy_of(secrets.now);
  const bool has_token = options.token.has_value();
  if (has_token) {
    report.token = options.token->label;
    options.token->old_keys = TokenChoice::OldKeys::in_sealed_files;
  }
  {
    FASTNESS_ASSIGN_OR_RETURN(const auto vault, Vault::open(std::move(options)));
    if (has_token) FASTNESS_RETURN_IF_ERROR(move_keys(*vault, report));
  }
  if (!secrets.changes_opener) return report;
  FASTNESS_RETURN_IF_ERROR(
      RootKey::change_opener(files, directory, secrets.now, secrets.next, random));
  // Not its owner, at the next start, but this call finds out whether it opens.
  FASTNESS_RETURN_IF_ERROR(RootKey::open_or_create(files, directory, secrets.next, random));
  report.opener = secrets.next ? Opener::passphrase : Opener::key_file;
  return report;
}

}  // namespace fastness::vault
