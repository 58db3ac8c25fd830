#include <CLI/CLI.hpp>

#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kKitExamples = R"(
Examples:
  fastness host kit create --data-dir ~/fastness /media/stick/fastness.kit
  fastness host kit rehearse --data-dir ~/fastness /media/stick/fastness.kit)";

constexpr const char* kKitCreateExample = R"(
Examples:
  fastness host kit create --data-dir ~/fastness /media/stick/fastness.kit
  fastness host kit create --data-dir ~/fastness --shares 3/5 /media/stick/fastness.kit

The instance must be stopped. With --shares any three of five people open it together.)";

constexpr const char* kKitRehearseExample = R"(
Example:
  fastness host kit rehearse --data-dir ~/fastness /media/stick/fastness.kit

Opens the kit and holds all that is in it against the vault. The instance must be stopped.)";

constexpr const char* kKitShowExample = R"(
Example:
  fastness host kit show /media/stick/fastness.kit

Says what the kit is and how it opens; needs no passphrase and no instance.)";

constexpr const char* kBackupExamples = R"(
Examples:
  fastness host backup create --data-dir ~/fastness /backup/fastness-2026-12-01.backup
  fastness host backup verify --data-dir ~/fastness /backup/fastness-2026-12-01.backup
  fastness host backup list /backup)";

constexpr const char* kVerifyExample = R"(
Examples:
  fastness host backup verify --data-dir ~/fastness /backup/fastness-2026-12-01.backup
  fastness host backup verify --kit /media/stick/fastness.kit /backup/fastness-2026-12-01.backup

Reads all of it, proves every part, and writes nothing. The instance may run. With --kit none is needed.)";

constexpr const char* kScheduleExample = R"(
Example:
  fastness host backup schedule --config /etc/fastness.toml

Set by backups.directory, backups.every_hours and backups.keep. A running instance makes what is due by itself.)";

constexpr const char* kListExample = R"(
Example:
  fastness host backup list /backup

By what the backups say of themselves; verify proves it.)";

constexpr const char* kBackupExample = R"(
Example:
  fastness host backup create --data-dir ~/fastness /backup/fastness-2026-12-01.backup

The instance may run meanwhile. Only a recovery kit opens a backup on another host: keep them apart.)";

constexpr const char* kRestoreExample = R"(
Examples:
  fastness host restore --kit /media/stick/fastness.kit --backup /backup/fastness-2026-12-01.backup ~/fastness
  fastness host restore --scrub --set instance.environment=staging --kit fastness.kit --backup fastness.backup ~/staging

Makes the instance anew. Boards connect as before; people sign in again. Nothing is left if it fails.
With --scrub it makes another one, for staging or development, with the structure of the first and
nothing that is anybody's: names, addresses, keys, certificates, histories and trails stay behind.)";

void add_kit_secret(CLI::App& verb, RecoveryCommand& command) {
  add_descriptor(verb, "--kit-passphrase-fd", command.secret_descriptor,
                 "read the kit's passphrase or shares from this descriptor, not the terminal");
}

void add_by_shares(CLI::App& verb, RecoveryCommand& command) {
  verb.add_flag("--by-shares", command.is_by_shares, "the kit opens with shares");
}

}  // namespace

RecoveryNouns::RecoveryNouns(CLI::App& host, RecoveryCommand& command) {
  add_kit(host, command);
  CLI::App& backup = add_noun(host, "backup", "the data of this instance, sealed", kBackupExamples);
  add_file(verbs_.add(backup, Action::backup_create, "create", "write a backup", kBackupExample),
           "file", command.backup, "where to; it must not exist");
  add_looks(backup, command);
  add_restore(host, command);
}

void RecoveryNouns::add_looks(CLI::App& backup, RecoveryCommand& command) {
  CLI::App& verify = verbs_.add(backup, Action::backup_verify, "verify",
                                "read a whole backup and prove it", kVerifyExample);
  add_file(verify, "file", command.backup, "the backup");
  verify.add_option("--kit", command.kit, "open it with this recovery kit, not with the vault")
      ->type_name("FILE");
  add_kit_secret(verify, command);
  add_by_shares(verify, command);
  verbs_
      .add(backup, Action::backup_schedule, "schedule", "what backups are made by themselves",
           kScheduleExample)
      .add_flag("--make", command.makes_what_is_due, "make the one that is due, if one is");
  verbs_.add(backup, Action::backup_list, "list", "what backups lie in a directory", kListExample)
      .add_option("directory", command.directory, "where they lie")
      ->type_name("DIR")
      ->required();
}

void RecoveryNouns::add_kit(CLI::App& host, RecoveryCommand& command) {
  CLI::App& kit = add_noun(host, "kit", "what a new host needs besides a backup", kKitExamples);
  CLI::App& create =
      verbs_.add(kit, Action::kit_create, "create", "write a recovery kit", kKitCreateExample);
  add_file(create, "file", command.kit, "where to; it must not exist");
  add_kit_secret(create, command);
  create.add_option("--shares", command.split, "so many of so many shares open it, such as 3/5")
      ->type_name("K/N");
  CLI::App& rehearse = verbs_.add(kit, Action::kit_rehearse, "rehearse",
                                  "try a kit before it is needed", kKitRehearseExample);
  add_file(rehearse, "file", command.kit, "the kit");
  add_kit_secret(rehearse, command);
  add_by_shares(rehearse, command);
  add_file(verbs_.add(kit, Action::kit_show, "show", "say what a kit is", kKitShowExample), "file",
           command.kit, "the kit");
}

void RecoveryNouns::add_restore(CLI::App& host, RecoveryCommand& command) {
  CLI::App& restore =
      verbs_.add(host, Action::restore, "restore",
                 "make a lost instance anew, from a kit and a backup", kRestoreExample);
  add_file(restore, "--kit", command.kit, "the recovery kit");
  add_file(restore, "--backup", command.backup, "the backup");
  restore.add_option("directory", command.directory, "a new data directory")
      ->type_name("DIR")
      ->required();
  restore.add_flag("--scrub", command.is_scrubbed,
                   "make a copy for staging or development, without people, secrets and readings");
  add_kit_secret(restore, command);
  add_by_shares(restore, command);
}

bool RecoveryNouns::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  RecoveryCommand& recovery = command.recovery;
  recovery.form = verbs_.form();
  for (std::string* path : {&recovery.kit, &recovery.backup, &recovery.directory}) {
    if (!path->empty()) *path = absolute(*path);
  }
  return true;
}

}  // namespace fastness::supervisor
