#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::identity {

// That somebody used a certificate which a key of ours signed and the ledger does not know: the key
// of this generation is loose.
struct Forgery {
  vault_ipc::GenerationId generation{0};
  std::uint64_t count = 0;
  Timestamp first{};
  Timestamp last{};
};

// One row a generation, on the disk: a restart must not make an alarm go away. Lives on the
// database's executor, which must outlive it.
class ForgeryStore {
 public:
  [[nodiscard]] static Result<ForgeryStore> open(storage::Database& database);

  [[nodiscard]] Result<void> add(vault_ipc::GenerationId generation, std::uint64_t count,
                                 Timestamp now);
  // In the order of their generations.
  [[nodiscard]] Result<std::vector<Forgery>> all();

 private:
  explicit ForgeryStore(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::identity
