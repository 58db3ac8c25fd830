#pragma once

#include <memory>
#include <optional>

#include "api/admin/host_backup.h"
#include "base/random.h"
#include "domains.h"
#include "storage/data_directory.h"
#include "storage/stores.h"
#include "storage/test_restore.h"
#include "telemetry/log.h"
#include "vault_ipc/client.h"

namespace fastness::hub {

// Copies this instance's files into run/backup while it serves, so that fastness-backup can pack
// them: docs/decisions/0052 says in which order, and why. The copy is there for as long as whoever
// asked holds the directory's lock; after a crash the next start removes it. Lives on the control
// thread, but for what it does on a thread of its own.
class LiveBackup final : public api::HostBackup {
 public:
  // All must outlive it.
  struct Parts {
    Stores& stores;
    vault_ipc::Client& vault;
    os::FileSystem& files;
    const DataDirectory& data;
    Post post_to_control;
    Post post_to_copier;
    Random& random;
    const telemetry::Log& log;
    TestRestore& test_restore;
  };
  // Removes what a crash left.
  explicit LiveBackup(const Parts& parts);
  LiveBackup(const LiveBackup&) = delete;
  LiveBackup& operator=(const LiveBackup&) = delete;
  ~LiveBackup() override;

  Result<Uuid> begin() override;
  Result<Progress> look(const Uuid& id) override;
  Result<void> end(const Uuid& id) override;

  api::HostTestRestore& test_restore() override { return parts_.test_restore; }

  // Removes the copy, and what a test restore has unpacked, if nobody waits for it any more. For
  // every few seconds.
  void tidy();
  // When the control loop has ended and the copier has, too.
  void stop();

 private:
  struct Job;

  [[nodiscard]] Result<void> check_room(const journal::Journal::Snapshot& journal) const;
  [[nodiscard]] Result<std::unique_ptr<Job>> make_job();
  void copy_some();
  [[nodiscard]] Result<bool> step();
  [[nodiscard]] Result<void> copy_witnesses() const;
  [[nodiscard]] Result<void> copy_rest(Job& job) const;
  [[nodiscard]] Result<void> write_head(std::uint64_t size) const;
  void settle(const Result<void>& copied);
  void give_up();
  [[nodiscard]] Result<void> clear() const;

  Parts parts_;
  std::unique_ptr<Job> job_;
};

}  // namespace fastness::hub
