#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/child.h"
#include "os/files/descriptor.h"
#include "os/process.h"
#include "supervisor/recovery/staged_copy.h"

namespace fastness::supervisor {

// Recovery kits, backups and restores: the programs that do the work, one after the other. The
// instance does not run, but for back_up_copy, verify and list. Like the supervisor this reads no
// key and no foreign byte; the files are opened by whoever calls, before the sandbox shuts, and
// handed on. What the programs say, and why they fail, they print themselves. Each call returns
// when its programs have ended.
class RecoveryJobs {
 public:
  struct Options {
    std::string programs;                      // the folder of fastness-vault and fastness-backup
    std::vector<std::string> vault_arguments;  // but for descriptors
    std::string hub_directory;
    std::string hub_user;  // to become, if started by root; empty for none
    bool may_lack_landlock = false;
    os::Descriptor passphrase;  // of the vault; handed on unread; may be empty
    os::Descriptor token_pin;
    os::Descriptor kit_secret;  // what opens a kit, or will
    bool kit_by_shares = false;
    bool as_json = false;  // what the programs print
  };
  explicit RecoveryJobs(Options options) : options_(std::move(options)) {}

  // All: `unauthenticated` if what was given opens neither vault nor kit, `unavailable` otherwise.

  // `split` is "3/5" for any three of five shares, or empty for a passphrase.
  [[nodiscard]] Result<void> make_kit(const os::Descriptor& file, const std::string& split);
  [[nodiscard]] Result<void> rehearse_kit(const os::Descriptor& file);
  [[nodiscard]] Result<void> show_kit(const os::Descriptor& file);
  [[nodiscard]] Result<void> back_up(const os::Descriptor& file);
  // The same of a copy that a running instance made: `hub_directory` is where it put its files. The
  // vault has no part in it any more.
  [[nodiscard]] Result<void> back_up_copy(const os::Descriptor& file, const StagedCopy& copy);
  // Reads a whole backup and writes nothing. By the vault, which may be at work, or by a kit, if it
  // is open: then no vault is needed, and `vault_arguments` name none.
  [[nodiscard]] Result<void> verify(const os::Descriptor& backup, const os::Descriptor& kit);
  // The same of what back_up_copy has just written.
  [[nodiscard]] Result<void> verify_copy(const os::Descriptor& file, const StagedCopy& copy);
  // Unpacks what back_up_copy has written into an empty directory of the hub's, for a test restore.
  [[nodiscard]] Result<void> unpack_copy(const os::Descriptor& file, const StagedCopy& copy,
                                         const std::string& directory);
  // Of an instance's backups or of several, in a directory; `months` after its own each ends.
  [[nodiscard]] Result<void> list(const std::string& directory, std::int64_t months);
  // Into directories that are there and empty. After a failure they are to be thrown away.
  [[nodiscard]] Result<void> restore(const os::Descriptor& kit, const os::Descriptor& backup);
  // The same for a copy in another environment: a fresh vault, and of the files only a database
  // without what is anybody's.
  [[nodiscard]] Result<void> restore_scrubbed(const os::Descriptor& kit,
                                              const os::Descriptor& backup);

 private:
  struct Given {
    const char* option;
    const os::Descriptor& descriptor;
  };
  [[nodiscard]] Result<void> run_vault(const std::vector<Given>& given,
                                       const std::vector<std::string>& arguments = {});
  [[nodiscard]] Result<void> restore_by(const char* vault_task, const char* packer_task,
                                        const os::Descriptor& kit, const os::Descriptor& backup);
  [[nodiscard]] Result<void> run_packer(const std::string& task, const os::Descriptor& file,
                                        const os::Descriptor& ticket);
  [[nodiscard]] Result<void> run_backup(os::Program program, const std::string& user) const;

  Options options_;
};

}  // namespace fastness::supervisor
