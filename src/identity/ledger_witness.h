#pragma once

#include <filesystem>

#include "base/result.h"
#include "ledger/witnessed_log.h"

namespace fastness::os {
class FileSystem;
}

namespace fastness::identity {

class Identity;

// A file outside the data directory that has a log's newest checkpoint (the ledger's, or the audit
// trail's), so that the owner can carry it off this host; beside it, in `FILE.history`, every one
// that was written. Who later takes the log back, with every key of this host, still contradicts
// what was carried off. Lives on the control thread.
class LedgerWitness {
 public:
  // `files` must outlive the object. The file need not exist, its folder must.
  LedgerWitness(os::FileSystem& files, std::filesystem::path file)
      : files_(files), file_(std::move(file)) {}

  // Holds the checkpoint that the file has against the log, then puts there the one of now if the
  // log has grown. Returns whether it did. `corrupted`, and nothing is written, if the file has a
  // checkpoint that this log never had: the log was taken back or changed, or the file is another
  // instance's. After a power cut the file has the old checkpoint or the new one, whole.
  [[nodiscard]] Result<bool> update(const ledger::WitnessedLog& log);
  // Of the ledger.
  [[nodiscard]] Result<bool> update(const Identity& identity);

 private:
  [[nodiscard]] Result<void> append_to_history(std::string_view checkpoint);

  os::FileSystem& files_;
  std::filesystem::path file_;
};

// The ledger as witnesses are shown it. `identity` must outlive it.
[[nodiscard]] ledger::WitnessedLog witnessed(const Identity& identity);

}  // namespace fastness::identity
