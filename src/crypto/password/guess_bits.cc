#include "crypto/password/guess_bits.h"

#include <vector>

#include <zxcvbn.h>

#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto {
namespace {

// The estimate takes longer than in proportion to the length.
constexpr std::size_t kLongest = 256;

}  // namespace

double guess_bits(std::string_view secret, std::span<const std::string_view> known_words) {
  const std::vector<std::string> words(known_words.begin(), known_words.end());
  std::vector<const char*> dictionary;
  dictionary.reserve(words.size() + 1);
  for (const std::string& word : words) {
    if (!word.empty()) dictionary.push_back(word.c_str());
  }
  dictionary.push_back(nullptr);
  std::string copy(secret.substr(0, kLongest));
  const double bits = ZxcvbnMatch(copy.c_str(), dictionary.data(), nullptr);
  secure_zero({reinterpret_cast<std::uint8_t*>(copy.data()), copy.size()});
  return bits;
}

}  // namespace fastness::crypto
