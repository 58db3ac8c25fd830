#pragma once

#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::identity {

// Why nothing new is let in: somebody has the key of this generation.
struct Locked {
  vault_ipc::GenerationId generation{0};
  Timestamp since{};
};

// Whether enrolment is locked. While it is, nobody gets an identity or a key here that they did not
// have; who is known goes on. On the disk: neither a restart nor time ends it, only `end`. Lives on
// the database's executor, which must outlive it.
class Lockdown {
 public:
  [[nodiscard]] static Result<Lockdown> open(storage::Database& database);

  [[nodiscard]] const std::optional<Locked>& now() const { return now_; }

  // `unavailable` while it is locked.
  [[nodiscard]] Result<void> check_open() const;

  // Locks; changes nothing if it is locked. It holds from here on even if it could not be written
  // down, which is then for `keep` to try again.
  [[nodiscard]] Result<void> begin(vault_ipc::GenerationId generation, Timestamp at);

  // Writes down what could not be, if there is anything.
  [[nodiscard]] Result<void> keep();

  // Ends it once that is on the disk. `not_found` if nothing is locked.
  [[nodiscard]] Result<Locked> end(Timestamp at);

 private:
  explicit Lockdown(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the object can be moved; outlives it
  std::optional<Locked> now_;
  bool is_kept_ = true;
};

}  // namespace fastness::identity
