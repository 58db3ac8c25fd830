#include "vault/recovery/epoch_ring.h"

#include <algorithm>

#include "crypto/digest.h"
#include "os/files/file_system.h"

namespace fastness::vault {
namespace {

constexpr char kRingFile[] = "epoch-ring";
constexpr std::size_t kEpochKeySize = 32;
constexpr std::string_view kStep = "fastness epoch v1";
constexpr Month kYear = 12;
constexpr Month kLongestRing = 200 * kYear;  // each month costs an HKDF

}  // namespace

Month month_of(Timestamp time) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
  return static_cast<Month>(static_cast<int>(day.year())) * kYear +
         static_cast<unsigned>(day.month()) - 1;
}

Timestamp begin_of(Month month) {
  const auto year = std::chrono::year(static_cast<int>(month / kYear));
  return Timestamp(std::chrono::sys_days(year / std::chrono::month(month % kYear + 1) / 1));
}

std::string to_text(Month month) {
  const std::string number = std::to_string(month % kYear + 1);
  return std::to_string(month / kYear) + (number.size() == 1 ? "-0" : "-") + number;
}

Result<std::optional<EpochRing>> EpochRing::read(const SealedFiles& records) {
  const auto stored = records.read(kRingFile);
  if (!stored && stored.error().code == Errc::not_found) return std::optional<EpochRing>();
  if (!stored) return Unexpected<Error>{stored.error()};
  ByteReader in(stored->reveal());
  EpochRing ring = decode(in);
  FASTNESS_RETURN_IF_ERROR(in.finish("the ring of epoch keys"));
  return std::optional(std::move(ring));
}

Result<EpochRing> EpochRing::open_or_begin(const SealedFiles& records, const Clock& clock,
                                           Random& random) {
  FASTNESS_ASSIGN_OR_RETURN(std::optional<EpochRing> stored, read(records));
  if (stored) return std::move(*stored);
  crypto::SecretBytes key(kEpochKeySize);
  random.fill(key.reveal());
  EpochRing ring(month_of(clock.now()), std::move(key));
  FASTNESS_RETURN_IF_ERROR(ring.keep(records));
  return ring;
}

Result<crypto::SecretBytes> EpochRing::key_of(Month month) const {
  if (month < first_) {
    return fail(Errc::not_found, "the key of that month was forgotten, or never was");
  }
  if (month - first_ > kLongestRing) return fail(Errc::invalid_argument, "no such month");
  crypto::SecretBytes key(kEpochKeySize);
  std::ranges::copy(key_.reveal(), key.reveal().begin());
  for (Month at = first_; at < month; ++at) key = crypto::hkdf_sha256(key, {}, kStep, key.size());
  return key;
}

bool EpochRing::is_same_as(const EpochRing& other) const {
  const Month both = std::max(first_, other.first_);
  const auto own = key_of(both);
  const auto others = other.key_of(both);
  return own && others && crypto::constant_time_equal(own->reveal(), others->reveal());
}

Result<void> EpochRing::keep(const SealedFiles& records) const {
  return records.write_keys(kRingFile, *this);
}

Result<void> EpochRing::forget_before(Month oldest, const SealedFiles& records) const {
  if (oldest <= first_) return {};
  FASTNESS_ASSIGN_OR_RETURN(crypto::SecretBytes key, key_of(oldest));
  // Held open, since its name goes to the new one.
  FASTNESS_ASSIGN_OR_RETURN(const auto before, records.hold(kRingFile));
  FASTNESS_RETURN_IF_ERROR(EpochRing(oldest, std::move(key)).keep(records));
  return overwrite(*before);
}

void EpochRing::encode(ByteWriter& out) const {
  out.u32(first_);
  out.raw(key_.reveal());
}

EpochRing EpochRing::decode(ByteReader& in) {
  const Month first = in.u32();
  crypto::SecretBytes key(kEpochKeySize);
  in.copy_to(key.reveal());
  return {first, std::move(key)};
}

}  // namespace fastness::vault
