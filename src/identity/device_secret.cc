#include "identity/device_secret.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "base/bytes.h"

namespace fastness::identity {
namespace {

constexpr std::size_t kSuggestedSize = 32;
constexpr std::size_t kMinSurprising = 12;
constexpr std::size_t kMinKinds = 8;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool is_printable(char c) {
  return c > ' ' && c <= '~';
}

// Characters that are not what a lazy typist's next one would be: the same, the next or the last
// in the alphabet, or the one that stood a few places before ("abcabcabc").
std::size_t surprising_characters(std::string_view secret) {
  constexpr std::size_t kLongestPattern = 8;
  std::size_t surprises = 0;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    bool is_surprising = i == 0 || std::abs(secret[i] - secret[i - 1]) > 1;
    for (std::size_t period = 1; period <= kLongestPattern && 2 * period <= i + 1; ++period) {
      const std::string_view last = secret.substr(i + 1 - period, period);
      is_surprising = is_surprising && last != secret.substr(i + 1 - 2 * period, period);
    }
    if (is_surprising) ++surprises;
  }
  return surprises;
}

}  // namespace

std::string random_secret(Random& random) {
  std::string secret;
  while (secret.size() < kSuggestedSize) {
    std::array<std::uint8_t, kSuggestedSize> bytes{};
    random.fill(bytes);
    for (const std::uint8_t byte : bytes) {
      // Six bits; those beyond the alphabet are drawn again, so that all characters are as likely.
      const std::size_t digit = byte & 0x3fU;
      if (digit < kAlphabet.size() && secret.size() < kSuggestedSize) {
        secret.push_back(kAlphabet[digit]);
      }
    }
  }
  return secret;
}

Result<void> check_chosen_secret(std::string_view secret) {
  if (secret.size() < kMinSecret) {
    return fail(Errc::invalid_argument, "a secret key needs 16 characters");
  }
  if (secret.size() > kMaxSecret) {
    return fail(Errc::invalid_argument, "a secret key has at most 256 characters");
  }
  if (!std::ranges::all_of(secret, is_printable)) {
    return fail(Errc::invalid_argument, "a secret key has letters, digits and marks only");
  }
  if (std::set<char>(secret.begin(), secret.end()).size() < kMinKinds ||
      surprising_characters(secret) < kMinSurprising) {
    return fail(Errc::invalid_argument, "the secret key is too easy to guess");
  }
  return {};
}

}  // namespace fastness::identity
