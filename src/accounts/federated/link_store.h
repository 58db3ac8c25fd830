// The table of linked sign-ins. Only this folder uses it.
#pragma once

#include <optional>
#include <vector>

#include "accounts/federated/linked_sign_in.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "storage/database.h"

namespace fastness::accounts {

// Rows in and out, no rules. Lives on the control thread; `database` must outlive it.
class LinkStore {
 public:
  // Brings the table up to date. The tables of AccountsStore must be there.
  [[nodiscard]] static Result<LinkStore> open(storage::Database& database);

  [[nodiscard]] Result<storage::Transaction> begin() { return database_->begin(); }

  // `index` is of issuer and subject; `already_exists` if anybody has linked that.
  Result<void> insert(const LinkedSignIn& linked, const crypto::Digest& index,
                      const Bytes& sealed_subject);
  // The oldest first.
  [[nodiscard]] Result<std::vector<LinkedSignIn>> of(UserId user);
  [[nodiscard]] Result<std::optional<LinkedSignIn>> find(const crypto::Digest& index);
  [[nodiscard]] Result<Bytes> sealed_subject(LinkedSignInId id);
  Result<void> reseal(LinkedSignInId id, const Bytes& sealed_subject);
  Result<void> use(LinkedSignInId id, Timestamp at);
  // What was removed, if there is such a one of that person's.
  [[nodiscard]] Result<std::optional<LinkedSignIn>> remove(UserId user, LinkedSignInId id);
  // How many there were.
  [[nodiscard]] Result<std::size_t> remove_all(UserId user);

 private:
  explicit LinkStore(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::accounts
