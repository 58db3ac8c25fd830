#include "identity/claims/claim_secret.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace fastness::identity {
namespace {

// Crockford's: no I, L, O or U.
constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kBits = 5;    // of a digit
constexpr std::size_t kBytes = 10;  // eighty bits
constexpr std::size_t kData = kBytes * 8 / kBits;
constexpr std::size_t kGroup = 4;

std::optional<std::uint8_t> value_of(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const std::size_t found = kDigits.find(c);
  if (found == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(found);
}

// Luhn's algorithm modulo 32: finds every wrong digit, and every two neighbours that were swapped
// but for 0 and Z.
std::uint8_t check_digit(std::span<const std::uint8_t> digits) {
  constexpr unsigned kBase = 32;
  unsigned factor = 2;
  unsigned sum = 0;
  for (std::size_t i = digits.size(); i > 0; --i) {
    const unsigned product = factor * digits[i - 1];
    sum += product / kBase + product % kBase;
    factor = 3 - factor;
  }
  return static_cast<std::uint8_t>((kBase - sum % kBase) % kBase);
}

void split(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> digits) {
  for (std::size_t i = 0; i < digits.size(); ++i) {
    unsigned digit = 0;
    for (std::size_t bit = i * kBits; bit < (i + 1) * kBits; ++bit) {
      digit = (digit << 1U) | ((static_cast<unsigned>(bytes[bit / 8]) >> (7 - bit % 8)) & 1U);
    }
    digits[i] = static_cast<std::uint8_t>(digit);
  }
}

void join(std::span<const std::uint8_t> digits, std::span<std::uint8_t> bytes) {
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const unsigned is_set =
        (static_cast<unsigned>(digits[bit / kBits]) >> (kBits - 1 - bit % kBits)) & 1U;
    bytes[bit / 8] =
        static_cast<std::uint8_t>((static_cast<unsigned>(bytes[bit / 8]) << 1U) | is_set);
  }
}

Unexpected<Error> not_whole() {
  return fail(Errc::invalid_argument, "not a whole claim code");
}

}  // namespace

ClaimSecret ClaimSecret::make(Random& random) {
  crypto::SecretBytes bits(kBytes);
  random.fill(bits.reveal());
  return ClaimSecret(std::move(bits));
}

Result<ClaimSecret> ClaimSecret::parse(std::string_view untrusted) {
  constexpr std::size_t kPrefix = 2;
  crypto::SecretBytes read(kPrefix + kData + 1);
  const auto digits = read.reveal();
  std::size_t size = 0;
  for (const char c : untrusted) {
    if (c == '-' || c == ' ') continue;
    const auto digit = value_of(c);
    if (!digit || size == digits.size()) return not_whole();
    digits[size++] = *digit;
  }
  const bool has_prefix = size == digits.size() && digits[0] == value_of('F').value_or(0) &&
                          digits[1] == value_of('C').value_or(0);
  if (!has_prefix && size != kData + 1) return not_whole();
  const auto body = digits.subspan(has_prefix ? kPrefix : 0, kData + 1);
  if (check_digit(body.first(kData)) != body[kData]) {
    return fail(Errc::invalid_argument, "a claim code with a slip in it");
  }
  crypto::SecretBytes bits(kBytes);
  join(body.first(kData), bits.reveal());
  return ClaimSecret(std::move(bits));
}

crypto::SecretBytes ClaimSecret::to_text() const {
  std::array<std::uint8_t, kData + 1> digits{};
  const std::span<std::uint8_t> data = std::span(digits).first(kData);
  split(bits_.reveal(), data);
  digits[kData] = check_digit(data);

  crypto::SecretBytes text(2 + (kData / kGroup) * (kGroup + 1) + 2);
  auto out = text.reveal();
  std::size_t at = 0;
  out[at++] = 'F';
  out[at++] = 'C';
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i % kGroup == 0) out[at++] = '-';
    out[at++] = static_cast<std::uint8_t>(kDigits[digits[i]]);
  }
  crypto::secure_zero(digits);
  return text;
}

}  // namespace fastness::identity
