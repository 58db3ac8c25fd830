#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "incident/record/incident.h"
#include "storage/database.h"

namespace fastness::incident {

// The record of what went wrong on this instance, for those who are asked later: one incident is
// open at a time, and nothing of the record is ever changed or removed. Lives on the database's
// executor.
class Incidents {
 public:
  static constexpr std::size_t kMaxLine = 500;  // a reason, a name or what was done, in bytes
  static constexpr std::size_t kMaxStatement = 8'000;  // the same of a statement

  struct Opening {
    std::string reason;
    std::string opened_by;
    std::optional<Timestamp> aware_at;  // if that was before now
  };

  // `database` must outlive the object.
  [[nodiscard]] static Result<std::unique_ptr<Incidents>> open(storage::Database& database);
  Incidents(const Incidents&) = delete;
  Incidents& operator=(const Incidents&) = delete;
  ~Incidents() = default;

  // What `begin` asks of its words. `invalid_argument` if a reason is missing or a text is too long
  // or has control characters, or if somebody is to have known of it after now.
  [[nodiscard]] static Result<void> check(const Opening& opening, Timestamp now);
  // Errors as `check`, and `already_exists` while one is open.
  [[nodiscard]] Result<Incident> begin(const Opening& opening, Timestamp now);

  // Writes down what was done about the one that is open. `not_found` if none is;
  // `invalid_argument` for a text as above, and for a note that says nothing.
  [[nodiscard]] Result<Incident> note(StepKind kind, std::string_view text, Timestamp at);

  // Ends the one that is open. `not_found` if none is; `invalid_argument` unless the statement says
  // something, in at most kMaxStatement bytes without other control characters than newlines.
  [[nodiscard]] Result<Incident> close(const std::string& statement, Timestamp at);

  // The one that is open.
  [[nodiscard]] Result<std::optional<Incident>> current() const;
  // The newest first; at most `limit`.
  [[nodiscard]] Result<std::vector<Incident>> list(std::size_t limit) const;

 private:
  explicit Incidents(storage::Database& database) : database_(database) {}

  [[nodiscard]] Result<Incident> needed() const;
  [[nodiscard]] Result<std::vector<Step>> steps_of(std::int64_t number) const;

  storage::Database& database_;
};

}  // namespace fastness::incident
