#include "accounts/sign_in/code_text.h"

#include <cstddef>

#include "crypto/password/one_time_code.h"

namespace fastness::accounts {

std::string to_code_text(ByteView secret) {
  constexpr std::size_t kGroup = 4;
  const std::string code = crypto::to_base32(secret);
  std::string text;
  for (std::size_t at = 0; at < code.size(); at += kGroup) {
    if (at != 0) text += '-';
    text += code.substr(at, kGroup);
  }
  return text;
}

std::string plain_code(std::string_view raw_code) {
  std::string code;
  for (const char c : raw_code.substr(0, 64)) {
    if (c == ' ' || c == '-') continue;
    code += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return code;
}

}  // namespace fastness::accounts
