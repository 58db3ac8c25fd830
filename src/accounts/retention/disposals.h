#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "storage/database.h"

namespace fastness::accounts {

// What is let go of when its time is over. The numbers are on disk.
enum class DisposalKind : std::uint8_t {
  history_age = 1,  // days of values, older than they are kept
  history_cap = 2,  // days of values, for room
  session = 3,      // browsers that were signed in
  claim_code = 4,   // codes that were over
  access = 5,       // of operators, that was over for a year
};

[[nodiscard]] std::string_view to_text(DisposalKind kind);

// So much of one kind went on one day (UTC).
struct Disposal {
  DisposalKind kind;
  Timestamp day;
  std::uint64_t count;
};

// The book of what was disposed of and when, for each organisation: counts by kind and day, and
// nothing of what it was. Kept for a year. Lives on the control thread.
class Disposals {
 public:
  static constexpr std::chrono::days kRemembered{365};

  // Both must outlive the result.
  [[nodiscard]] static Result<std::unique_ptr<Disposals>> open(storage::Database& database,
                                                               const Clock& clock);
  Disposals(const Disposals&) = delete;
  Disposals& operator=(const Disposals&) = delete;
  ~Disposals() = default;

  // Adds to today's count. Nothing for none.
  [[nodiscard]] Result<void> note(OrganisationId organisation, DisposalKind kind,
                                  std::uint64_t count);
  // The newest first.
  [[nodiscard]] Result<std::vector<Disposal>> list(OrganisationId organisation);
  // The organisation is erased.
  [[nodiscard]] Result<void> forget(OrganisationId organisation);

 private:
  Disposals(storage::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  storage::Database& database_;
  const Clock& clock_;
};

}  // namespace fastness::accounts
