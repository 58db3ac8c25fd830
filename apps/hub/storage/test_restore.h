#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "api/admin/host_test_restore.h"
#include "base/clock.h"
#include "base/random.h"
#include "domains.h"
#include "keys/vault_services.h"
#include "restored/examination.h"
#include "storage/data_directory.h"
#include "storage/stores.h"
#include "telemetry/log.h"
#include "vault_ipc/client.h"

namespace fastness::hub {

// Restores the newest backup on trial: docs/decisions/0069. fastness-backup unpacks it into
// run/test-restore, which is this process's own, and what this process has the keys of is opened
// and read there. The files are removed when it has ended, and after a crash by the next start.
// Lives on the control thread, but for what it does on a thread of its own.
class TestRestore final : public api::HostTestRestore {
 public:
  // All must outlive it.
  struct Parts {
    Stores& stores;
    Domains& domains;
    vault_ipc::Client& vault;
    os::FileSystem& files;
    const DataDirectory& data;
    Post post_to_control;
    Post post_to_copier;
    const Clock& clock;
    Random& random;
    const telemetry::Log& log;
  };
  // Removes what a crash left.
  explicit TestRestore(const Parts& parts);
  TestRestore(const TestRestore&) = delete;
  TestRestore& operator=(const TestRestore&) = delete;
  ~TestRestore() override;

  // What the instance is now, in the turn in which the copy of its database is whole.
  [[nodiscard]] Result<restored::Expectation> expect_now() const;
  // The backup of that copy is the one that can be tried from now on.
  void offer(const Uuid& backup, restored::Expectation expected);

  Result<bool> begin(const Uuid& backup, std::uint64_t bytes) override;
  Result<void> go_on(const Uuid& backup, Unpacked unpacked) override;
  Result<Progress> look(const Uuid& backup) override;

  // Whether somebody unpacks; and that they are gone, so that the files are removed.
  [[nodiscard]] bool waits() const;
  void give_up_waiting();
  // Before the copier is waited for: it ends soon.
  void ask_to_stop() { stop_.request_stop(); }

 private:
  struct Job;

  [[nodiscard]] Result<void> open_restored(const Uuid& backup);
  void settle(const Uuid& backup, const Result<void>& examined);
  void fail_with(upkeep::Trouble trouble, const std::string& why);
  void note(const Result<void>& noted) const;
  [[nodiscard]] Result<void> clear() const;

  Parts parts_;
  keys::VaultServices segment_keys_;
  std::stop_source stop_;
  std::unique_ptr<Job> job_;  // of the newest backup; kept for whoever looks
};

}  // namespace fastness::hub
