#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "roots/ceremony.h"
#include "telemetry/log.h"
#include "vault/migration.h"
#include "vault/recovery/epoch_retention.h"
#include "vault/recovery/kit_opening.h"

namespace fastness::vault_app {

// What the vault was started for.
enum class Task {
  serve,                // answer the hub; the ordinary one, which fastnessd starts
  initialise,           // make the instance in an empty directory, and end
  export_standby_root,  // write the sealed standby root to a file, print its code, and end
  forget_standby_root,  // destroy the vault's copy of it, and end
  show_kit,             // say what a recovery kit is; needs no vault
  make_kit,             // write one, and end
  rehearse_kit,         // hold one against the vault, and end
  begin_backup,         // write the head of a backup, and end
  open_backup,          // say what the rest of one is read with, by a kit or by a vault at work
  restore,              // make the vault in an empty directory from a kit and a backup, and end
  scrub,                // make a fresh one there, and say what opens the database in a backup
  export_active_root,   // the same two for the active root, the latter for whichever the file is of
  forget_root,
  request_root,  // write what a root is asked to sign into the directory, and end
  accept_root,   // take what it signed, and end
  sign_root,     // with roots out of files, for an instance that may be far away
  migrate,       // keep the keys as the other arguments say from now on, and end
};

// Whether a person started it, who wants to read in words why it failed.
[[nodiscard]] constexpr bool is_for_a_person(Task task) {
  return task == Task::export_standby_root || task == Task::export_active_root ||
         task == Task::forget_standby_root || task == Task::forget_root ||
         task == Task::request_root || task == Task::accept_root || task == Task::sign_root;
}

struct Arguments {
  Task task = Task::serve;
  std::filesystem::path directory;
  // The socket from fastnessd over which connections to the hub come, each as a descriptor.
  std::optional<int> connections;
  // Where to read the passphrase from, to its end. Never an argument, never the environment.
  std::optional<int> passphrase;
  std::filesystem::path token_module;  // empty without a token
  std::string token_label;
  std::optional<int> token_pin;                // where to read it from, as the passphrase
  std::vector<std::string> token_paths;        // what its module must read and write
  std::vector<std::string> token_environment;  // NAME=VALUE
  std::optional<std::filesystem::path> imported_device_authority;  // PKCS#8 in PEM
  std::optional<int> kit;         // a recovery kit's file, to be read or written
  std::optional<int> kit_secret;  // where to read what opens it, as the passphrase
  vault::SplitChoice kit_split;   // how a new one's secret is shared; nothing for a passphrase
  bool kit_by_shares = false;     // what is read from kit_secret are shares
  std::optional<int> backup;      // a backup's file, to be read or written
  // For how many months after its own a backup can be read.
  std::uint32_t backup_months = vault::EpochRetention::kUsualMonths;
  Environment environment = Environment::production;  // that the instance is for
  std::optional<int> ticket;                    // a pipe to whoever packs or unpacks the rest of it
  std::optional<std::filesystem::path> output;  // of what writes one
  roots::Purpose purpose = roots::Purpose::renew_issuer;  // of request_root
  std::filesystem::path request;                          // of sign_root
  std::filesystem::path answer;                           // of accept_root
  std::vector<std::filesystem::path> root_files;          // of sign_root and forget_root
  std::optional<int> codes;        // where to read what opens those, as the passphrase: one a line
  bool is_agreed = false;          // --yes
  vault::MigrationWish migration;  // but for `passphrase`
  std::string user;                // to become, if started by root; empty for none
  bool as_json = false;            // what is printed about kits, and nothing else then
  bool may_lack_landlock = false;
  telemetry::LogFormat log_format = telemetry::LogFormat::text;
  telemetry::LogLevel log_level = telemetry::LogLevel::info;
};

// `invalid_argument` says what is wrong.
[[nodiscard]] Result<Arguments> parse_arguments(const std::vector<std::string>& words);

inline constexpr const char* kUsage =
    R"(fastness-vault keeps the keys of one instance. fastnessd starts it; these are its arguments:

  --directory DIR                  where the vault keeps everything (required)
  --connections N                  descriptor on which fastnessd hands over connections to the hub
  --passphrase N                   descriptor to read the passphrase from
  --token-module FILE              PKCS#11 module of the token that keeps the authority keys
  --token-label LABEL              which of the module's tokens
  --token-pin N                    descriptor to read its user PIN from; it is kept, sealed
  --token-path PATH                what the module must read and write; may be repeated
  --token-environment NAME=VALUE   a variable that the module wants; may be repeated
  --backup-months N                for how many months after its own a backup can be read
  --environment NAME               production, staging or development: what the instance is for
  --user NAME                      user to become, if started by root
  --without-landlock               go on where the kernel has no Landlock
  --log-format text|json           default text
  --log-level debug|info|warning|error

For a person, while the instance is stopped:

  --initialise                     make the instance and end
    --import-device-authority FILE with this first device authority (PKCS#8, PEM); only for tests
  --export-standby-root FILE       write the sealed standby root, print the code that opens it
  --forget-standby-root            destroy the copy kept here, once the file is safe elsewhere

What fastnessd asks of it while the instance is stopped. N is a descriptor:

  --make-kit N                     write a recovery kit
    --kit-split K/N                opened by any K of N shares, which are printed
  --rehearse-kit N                 hold a kit against the vault
  --show-kit N                     say what a kit is
  --begin-backup N                 write the head of a backup
  --open-backup N                  write the ticket of a backup, by the vault, which may be at work
    --kit N                        or by a kit, without a vault
  --restore-kit N                  make the vault in an empty directory, from a kit
    --backup N                     and the head of a backup
  --scrub-kit N                    make a fresh vault in an empty directory for a scrubbed copy
    --backup N                     of this backup; the ticket has both databases' keys then
  --kit-secret N                   where to read the kit's passphrase from
  --kit-by-shares                  what is read there are its shares, one a line
  --json                           print JSON about kits, not text
  --ticket N                       where to write what packs or unpacks the rest of a backup
  --export-active-root FILE        the same for the active root
  --forget-root FILE               destroy the copy kept here of the root in this file, which opens
  --request-root renew|switch      leave what a root is asked in the directory
  --accept-root FILE               take what it signed, and print the number of the set, as JSON
  --sign-root REQUEST              sign what an instance asked for; needs no --directory
    --root FILE                    a sealed root to sign with; may be repeated
    --output FILE                  where what came of it goes
    --yes                          do not ask
  --codes N                        descriptor to read the codes of those files from, one a line
  --migrate                        keep the keys as --opens-with and --token-... say from now on
    --opens-with key-file|passphrase
    --new-passphrase N             descriptor to read a new passphrase from
    --change-passphrase            even though a passphrase opens the vault already
    --accept-key-file              even though a passphrase opens the vault now
)";

}  // namespace fastness::vault_app
