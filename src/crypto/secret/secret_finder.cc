#include "crypto/secret/secret_finder.h"

#include <algorithm>
#include <array>
#include <optional>

#include "crypto/secret/key_text.h"

namespace fastness::crypto {
namespace {

// Crockford's, as claim codes are written: no I, L, O or U.
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
// FC-7M3K-0PXV-9ZDB-WH52-J
constexpr std::string_view kClaimCodeForm = "FC-####-####-####-####-#";
constexpr std::string_view kSetUpPath = "/setup#";
constexpr std::size_t kLinkTokenSize = 43;  // 32 bytes of base64url

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_base64url(char c) {
  return is_letter_or_digit(c) || c == '-' || c == '_';
}

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Luhn's algorithm modulo 32 over the whole code, check character and all, as identity writes it.
bool is_check_right(std::string_view code) {
  constexpr std::size_t kBase = 32;
  std::size_t factor = 1;
  std::size_t sum = 0;
  for (std::size_t i = code.size(); i > 2; --i) {  // the first two are FC
    const std::size_t digit = kCrockford.find(to_upper(code[i - 1]));
    if (digit == std::string_view::npos) continue;  // a dash
    const std::size_t product = factor * digit;
    sum += product / kBase + product % kBase;
    factor = 3 - factor;
  }
  return sum % kBase == 0;
}

bool has_claim_code_form(std::string_view code) {
  return std::ranges::equal(code, kClaimCodeForm, [](char c, char form) {
    return form == '#' ? kCrockford.find(to_upper(c)) != std::string_view::npos
                       : to_upper(c) == form;
  });
}

std::optional<FoundSecret> api_key_at(std::string_view text, std::size_t at) {
  const std::string_view secret = text.substr(at, kClientSecretSize);
  if (!is_client_secret(secret)) return std::nullopt;
  return FoundSecret{SecretKind::api_key, at, secret};
}

std::optional<FoundSecret> claim_code_at(std::string_view text, std::size_t at) {
  const std::string_view code = text.substr(at, kClaimCodeForm.size());
  const std::size_t end = at + code.size();
  if (at > 0 && is_letter_or_digit(text[at - 1])) return std::nullopt;
  if (end < text.size() && is_letter_or_digit(text[end])) return std::nullopt;
  if (!has_claim_code_form(code) || !is_check_right(code)) return std::nullopt;
  return FoundSecret{SecretKind::claim_code, at, code};
}

// `at` is where the path begins.
std::optional<FoundSecret> set_up_link_at(std::string_view text, std::size_t at) {
  const std::size_t begin = at + kSetUpPath.size();
  if (!text.substr(at).starts_with(kSetUpPath)) return std::nullopt;
  const std::string_view token = text.substr(begin, kLinkTokenSize);
  if (token.size() != kLinkTokenSize || !std::ranges::all_of(token, is_base64url)) {
    return std::nullopt;
  }
  const std::size_t end = begin + token.size();
  if (end < text.size() && is_base64url(text[end])) return std::nullopt;
  return FoundSecret{SecretKind::set_up_link, begin, token};
}

}  // namespace

std::string_view to_text(SecretKind kind) {
  switch (kind) {
    case SecretKind::api_key:
      return "API key";
    case SecretKind::claim_code:
      return "claim code";
    case SecretKind::set_up_link:
      return "set-up link";
  }
  return "secret";
}

std::vector<FoundSecret> find_secrets(std::string_view text) {
  std::vector<FoundSecret> found;
  for (std::size_t at = text.find_first_of("fF/"); at < text.size();
       at = text.find_first_of("fF/", at + 1)) {
    auto here = api_key_at(text, at);
    if (!here) here = claim_code_at(text, at);
    if (!here) here = set_up_link_at(text, at);
    if (here) found.push_back(*here);
  }
  return found;
}

}  // namespace fastness::crypto
