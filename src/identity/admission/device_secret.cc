#include "identity/admission/device_secret.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "crypto/password/guess_bits.h"

namespace fastness::identity {
namespace {

constexpr std::size_t kSuggestedSize = 32;
constexpr double kMinSecretBits = 64;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool is_printable(char c) {
  return c > ' ' && c <= '~';
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
  if (crypto::guess_bits(secret, {}) < kMinSecretBits) {
    return fail(Errc::invalid_argument,
                "the secret key is too easy to guess: let the server suggest one");
  }
  return {};
}

}  // namespace fastness::identity
