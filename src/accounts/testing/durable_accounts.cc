#include "accounts/testing/durable_accounts.h"

#include <utility>

#include <unistd.h>

namespace fastness::accounts::testing {

using storage::testing::FailingDisk;

DurableAccounts::DurableAccounts() {
  std::string name = std::filesystem::temp_directory_path() / "fastness-accounts-XXXXXX";
  folder_ = ::mkdtemp(name.data());
  Bytes bytes(storage::Database::kKeySize, 7);
  key_ = crypto::SecretBytes::take(bytes);
}

DurableAccounts::~DurableAccounts() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void DurableAccounts::at_each_call(const Trial& trial) {
  const Files files = prepared(trial);
  for (const auto& [trouble, name] :
       {std::pair(Trouble::power_cut, "power cut"), std::pair(Trouble::full, "full disk"),
        std::pair(Trouble::broken, "broken disk")}) {
    for (std::uint64_t call = 1;; ++call) {
      SCOPED_TRACE(std::string(name) + " at call " + std::to_string(call));
      if (!try_once(trial, files, trouble, call)) {
        EXPECT_GT(call, 1U) << "it writes nothing";
        break;
      }
      if (HasFailure()) return;
    }
  }
}

DurableAccounts::Files DurableAccounts::prepared(const Trial& trial) {
  FailingDisk disk(0);
  open();
  trial.prepare();
  shut();
  return disk.files();
}

bool DurableAccounts::try_once(const Trial& trial, const Files& files, Trouble trouble,
                               std::uint64_t call) {
  FailingDisk disk(call, files);
  open();
  EXPECT_EQ(trial.look(), trial.before);
  const std::uint64_t at = disk.calls() + call;
  if (trouble == Trouble::power_cut) {
    disk.cut_power_at(at);
  } else {
    disk.fail_call(
        at, trouble == Trouble::full ? FailingDisk::Fault::full : FailingDisk::Fault::broken);
  }

  const bool was_said = trial.attempt();

  const bool was_reached = disk.calls() >= at;
  EXPECT_TRUE(was_said || was_reached);
  disk.fail_call(0, FailingDisk::Fault::broken);  // no other one
  // After a power cut nobody is there to be asked.
  const auto seen =
      trouble == Trouble::power_cut ? std::nullopt : std::optional<std::string>(trial.look());
  shut();
  if (trouble == Trouble::power_cut) disk.restore_power();
  check_disk(trial, was_said, seen);
  return was_reached;
}

void DurableAccounts::check_disk(const Trial& trial, bool was_said,
                                 const std::optional<std::string>& seen) {
  open();
  const auto whole = database.check();
  EXPECT_TRUE(whole) << whole.error().message;
  const std::string there = trial.look();
  EXPECT_TRUE(there == trial.after || (!was_said && there == trial.before))
      << "there is: " << there << (was_said ? "; it was said to be done" : "; it failed");
  if (seen) {
    EXPECT_EQ(*seen, there) << "in memory, and on the disk";
  }
  if (trial.then) trial.then(was_said);
  shut();
}

void DurableAccounts::open() {
  close();
  auto opened = storage::Database::open(folder_ / "accounts.db", key_);
  in_memory_.emplace(std::exchange(database, std::move(opened).value()));
  reopen();
  accounts().news().keep();
}

void DurableAccounts::shut() {
  close();
  database = *std::exchange(in_memory_, std::nullopt);
}

}  // namespace fastness::accounts::testing
