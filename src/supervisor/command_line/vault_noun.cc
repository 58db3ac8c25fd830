#include <CLI/CLI.hpp>

#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kVaultExamples = R"(
Examples:
  fastness host vault status --data-dir ~/fastness
  fastness host vault migrate --data-dir ~/fastness --set vault.key=passphrase)";

constexpr const char* kVaultStatusExample = R"(
Example:
  fastness host vault status --data-dir ~/fastness

Where the keys are, what opens them, what a thief of the disk has, and which recovery kits there are.)";

constexpr const char* kMigrateExample = R"(
Examples:
  fastness host vault migrate --data-dir ~/fastness --set vault.key=passphrase
  fastness host vault migrate --config /etc/fastness.toml --change-passphrase
  fastness host vault migrate --config /etc/fastness.toml --token-pin-fd 0

Stop the instance and set vault.key and vault.keys as they are to be; this brings the vault there.
Asks for passphrases at the terminal, unless descriptors are named. May be run again if it fails.)";

}  // namespace

VaultNoun::VaultNoun(CLI::App& host, VaultCommand& command) {
  CLI::App& vault = add_noun(host, "vault", "the keys of this instance", kVaultExamples);
  verbs_.add(vault, Action::vault_status, "status",
             "how the keys are kept, and what a stolen disk gives", kVaultStatusExample);
  CLI::App& migrate =
      verbs_.add_plain(vault, Action::vault_migrate, "migrate",
                       "keep the keys of a stopped instance as the settings say", kMigrateExample);
  migrate.add_flag("--change-passphrase", command.changes_passphrase,
                   "to another one, where a passphrase opens the vault already");
  add_descriptor(migrate, "--new-passphrase-fd", command.new_passphrase_descriptor,
                 "read the new passphrase from this descriptor, not the terminal");
  add_yes(migrate, command.is_agreed,
          "a key file on the disk is meant, where a passphrase opens the vault now");
}

bool VaultNoun::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  command.vault.form = verbs_.form();
  return true;
}

}  // namespace fastness::supervisor
