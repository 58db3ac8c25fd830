#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "vault/store/sealed_files.h"

namespace fastness::vault {

// A month of the calendar, UTC, counted from January of the year 0.
using Month = std::uint32_t;
[[nodiscard]] Month month_of(Timestamp time);
// Its first moment.
[[nodiscard]] Timestamp begin_of(Month month);
// As people write it: "2026-12".
[[nodiscard]] std::string to_text(Month month);

// The keys that each month's backups are sealed under. Each comes out of the one before by HKDF,
// which nobody turns round: who has a month's key has all later ones and none before, so that to
// forget the oldest key is to make its backups unreadable for ever. Move-only; immutable.
class EpochRing {
 public:
  // Begins with the month that it is now if there is none yet.
  [[nodiscard]] static Result<EpochRing> open_or_begin(const SealedFiles& records,
                                                       const Clock& clock, Random& random);
  // The one that is kept, if there is one yet.
  [[nodiscard]] static Result<std::optional<EpochRing>> read(const SealedFiles& records);

  // `not_found` for a month whose key was forgotten or never was, `invalid_argument` for one that
  // no clock shows in our time.
  [[nodiscard]] Result<crypto::SecretBytes> key_of(Month month) const;

  [[nodiscard]] Month first() const { return first_; }
  // Whether the two agree on the months that both know.
  [[nodiscard]] bool is_same_as(const EpochRing& other) const;

  [[nodiscard]] Result<void> keep(const SealedFiles& records) const;
  // Keeps a ring that begins with `oldest`, and overwrites the file of the one before: from then on
  // nothing here leads to the keys of the months before. Durable on success; after a power cut the
  // old ring or the new one is there. Nothing happens if it begins there or later. Errors of
  // key_of.
  [[nodiscard]] Result<void> forget_before(Month oldest, const SealedFiles& records) const;

  static constexpr std::size_t kEncodedSize = 4 + 32;
  void encode(ByteWriter& out) const;
  // A short input makes `in` fail, which the caller checks at its end.
  [[nodiscard]] static EpochRing decode(ByteReader& in);

 private:
  EpochRing(Month first, crypto::SecretBytes key) : first_(first), key_(std::move(key)) {}

  Month first_;
  crypto::SecretBytes key_;  // of the first month
};

}  // namespace fastness::vault
