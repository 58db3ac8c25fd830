// A whole Accounts over a database on a disk that fails: what it said is done is there afterwards,
// and what failed is there wholly or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "accounts/testing/accounts_fixture.h"
#include "crypto/secret/secret_bytes.h"
#include "storage/database.h"
#include "storage/testing/failing_disk.h"

namespace fastness::accounts::testing {

// One operation, and how to see what there is of it.
struct Trial {
  // Once, on an instance that has nobody yet. What it leaves in memory only is gone afterwards.
  std::function<void()> prepare;
  std::function<bool()> attempt;  // whether it was said to be done
  // In words, of the accounts that are open. It is asked more than once, so it uses nothing up.
  std::function<std::string()> look;
  std::string before;  // what `look` says while it is not done
  std::string after;   // and when all of it is
  // What else holds once everything was opened again; may use things up.
  std::function<void(bool was_said)> then = {};
};

class DurableAccounts : public AccountsFixture {
 protected:
  DurableAccounts();
  ~DurableAccounts() override;

  // Tries it with a power cut, a full disk and a broken one at each of its calls in turn, each time
  // from where `prepare` left the disk.
  void at_each_call(const Trial& trial);

 private:
  enum class Trouble : std::uint8_t { power_cut, full, broken };

  using Files = storage::testing::FailingDisk::Files;

  [[nodiscard]] Files prepared(const Trial& trial);
  // Whether the operation came as far as that call.
  [[nodiscard]] bool try_once(const Trial& trial, const Files& files, Trouble trouble,
                              std::uint64_t call);
  // Opens what is on the disk, and holds it against what was said, and against what the accounts
  // said that were open when it happened.
  void check_disk(const Trial& trial, bool was_said, const std::optional<std::string>& seen);
  void open();
  void shut();

  std::filesystem::path folder_;
  crypto::SecretBytes key_;
  std::optional<storage::Database> in_memory_;  // the fixture's own, while another one is open
};

}  // namespace fastness::accounts::testing
