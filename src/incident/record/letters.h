#pragma once

#include <cstdint>
#include <memory>
#include <set>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "storage/database.h"

namespace fastness::incident {

// Who was written to about which incident, so that nobody is twice. Lives on the database's
// executor.
class Letters {
 public:
  // `database` must outlive the object, and has the tables of Incidents.
  [[nodiscard]] static Result<std::unique_ptr<Letters>> open(storage::Database& database);
  Letters(const Letters&) = delete;
  Letters& operator=(const Letters&) = delete;
  ~Letters() = default;

  [[nodiscard]] Result<std::set<UserId>> told(std::int64_t incident) const;
  // Not an error if it is known already.
  [[nodiscard]] Result<void> note(std::int64_t incident, UserId user, Timestamp at);

 private:
  explicit Letters(storage::Database& database) : database_(database) {}

  storage::Database& database_;
};

}  // namespace fastness::incident
