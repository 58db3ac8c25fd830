#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "vault/recovery/epoch_ring.h"
#include "vault/store/sealed_files.h"

namespace fastness::vault {

// Forgets the keys of months whose backups are past their retention: docs/decisions/0055. What is
// forgotten is gone for good, so the clock is not believed at its first word. The vault keeps the
// latest date that it believes. A clock that goes back changes nothing. One that is further ahead
// than `kLongestLeap` is believed when the vault has run for `kProof` with it: until then every key
// that the leap would cost is kept. Lives on the vault's thread.
class EpochRetention {
 public:
  static constexpr std::uint32_t kUsualMonths = 12;
  static constexpr std::uint32_t kCentury = 1'200;  // more is a slip
  static constexpr std::chrono::days kLongestLeap{45};
  static constexpr std::chrono::hours kProof{24 * 7};

  // A backup can be read until the end of the month that is `months` after its own. What is passed
  // in must outlive the object.
  EpochRetention(const SealedFiles& records, const Clock& clock, std::uint32_t months)
      : records_(records), clock_(clock), months_(months) {}

  // Begins on a new host with the latest date that the old one's vault is known to have seen.
  [[nodiscard]] static Result<void> begin(const SealedFiles& records, Timestamp seen);

  struct Outcome {
    std::uint32_t forgotten = 0;        // keys of months
    std::optional<Timestamp> believed;  // the date, while the clock is too far ahead of it
  };
  // Forgets what is due. What was forgotten is durable; after a failure it is tried again next
  // time.
  [[nodiscard]] Result<Outcome> enforce();

 private:
  struct Belief {
    Timestamp date{};
    std::chrono::seconds proved{0};  // how long the clock was too far ahead, while we ran
  };
  [[nodiscard]] static Result<void> write(const SealedFiles& records, const Belief& belief);
  [[nodiscard]] Result<Belief> read(Month if_none) const;
  [[nodiscard]] Result<void> look_at_clock(Month first);

  const SealedFiles& records_;
  const Clock& clock_;
  std::uint32_t months_;
  std::optional<Belief> belief_;  // once it was read
  Belief written_;
  std::optional<SteadyTime> last_look_;
};

}  // namespace fastness::vault
