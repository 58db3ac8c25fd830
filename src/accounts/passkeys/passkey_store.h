// The table of passkeys. Only this folder uses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "accounts/passkeys/passkey.h"
#include "base/result.h"
#include "storage/database.h"

namespace fastness::accounts {

// Rows in and out, no rules. Lives on the control thread; `database` must outlive it.
class PasskeyStore {
 public:
  // Brings the table up to date. The tables of AccountsStore must be there.
  [[nodiscard]] static Result<PasskeyStore> open(storage::Database& database);

  [[nodiscard]] Result<storage::Transaction> begin() { return database_->begin(); }

  // `already_exists` if anybody has a credential of that id.
  Result<void> insert(const Passkey& passkey);
  // The oldest first.
  [[nodiscard]] Result<std::vector<Passkey>> of(UserId user);
  [[nodiscard]] Result<std::optional<Passkey>> find(ByteView credential);

  // Whether its count grew, or stands at nought and always did: then it was used at `at`. In one
  // statement, so that of two clones at once only one is told yes.
  [[nodiscard]] Result<bool> use(PasskeyId id, std::uint32_t counter, bool is_backed_up,
                                 Timestamp at);
  Result<void> set_doubted(PasskeyId id, Timestamp at);
  // Whether there is such a one of that person's.
  [[nodiscard]] Result<bool> rename(UserId user, PasskeyId id, const std::string& name);
  [[nodiscard]] Result<bool> remove(UserId user, PasskeyId id);
  // How many there were.
  [[nodiscard]] Result<std::size_t> remove_all(UserId user);

 private:
  explicit PasskeyStore(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::accounts
