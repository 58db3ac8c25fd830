// A vault whose kits and backups a test restores on another host; for the tests of this folder.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "vault/recovery/recovery.h"
#include "vault/recovery/restore.h"
#include "vault/vault_fixture_test.h"

namespace fastness::vault::testing {

inline const std::filesystem::path kNewHost = "/new-host";

inline crypto::SecretBytes secret_text(std::string text) {
  return crypto::SecretBytes::take({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

// Reads from bytes as from a file.
inline ReadExactly reader_of(const Bytes& file, std::size_t& at) {
  return [&file, &at](std::span<std::uint8_t> out) -> Result<void> {
    if (file.size() - at < out.size()) return fail(Errc::invalid_argument, "the file ends");
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
    at += out.size();
    return {};
  };
}

inline Result<BackupHead> head_of(const Bytes& file) {
  std::size_t at = 0;
  return read_backup_head(reader_of(file, at));
}

class RecoveryTest : public VaultTest {
 protected:
  // Shares and not a passphrase, whose Argon2id takes its time.
  Recovery::MadeKit make_kit() {
    auto made = vault->recovery().make_kit(SplitChoice{2, 3}).value();
    EXPECT_TRUE(vault->recovery().record(made.header));
    return made;
  }

  static SealedKit parse(const Recovery::MadeKit& made) {
    return SealedKit::parse(made.file).value();
  }

  static crypto::SecretBytes enough(const Recovery::MadeKit& made) {
    return secret_text(made.shares[0] + "\n" + made.shares[2] + "\n");
  }

  static KitContents open_kit(const Recovery::MadeKit& made) {
    const SealedKit kit = parse(made);
    return kit.open(secret_of_kit(kit.header(), enough(made)).value()).value();
  }

  BegunBackup begin_backup() { return vault->recovery().begin_backup().value(); }

  Result<BackupTicket> restore(const Recovery::MadeKit& made, const Bytes& backup,
                               std::optional<TokenChoice> token = std::nullopt,
                               Environment environment = Environment::production) {
    static_cast<void>(files.create_directory(kNewHost));
    FASTNESS_ASSIGN_OR_RETURN(const BackupHead head, head_of(backup));
    return restore_vault(
        {files, kNewHost, clock, random, no_passphrase_, std::move(token), environment},
        made.header, open_kit(made), head);
  }

  std::unique_ptr<Vault> open_restored(std::optional<TokenChoice> token = std::nullopt) {
    return Vault::open({.files = files,
                        .directory = kNewHost,
                        .clock = clock,
                        .random = random,
                        .token = std::move(token)})
        .value();
  }

  static vault_ipc::StartKeys start_keys(Vault& of) {
    return of.answer(vault_ipc::TakeStartKeys{}).value();
  }

  const OrganisationId organisation{uuid(7)};
  const OrganisationId later_organisation{uuid(8)};

 private:
  const std::optional<crypto::SecretBytes> no_passphrase_;
};

}  // namespace fastness::vault::testing
