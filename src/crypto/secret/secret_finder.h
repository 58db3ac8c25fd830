// Finds secrets of ours in any text by how they are spelled, offline: what a scanner looks for in a
// repository, and the server in what somebody reports. It never knows whether one is still good.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fastness::crypto {

enum class SecretKind : std::uint8_t {
  api_key,      // prefix and checksum: one text in four thousand million is taken for one
  claim_code,   // FC and five groups, in either case, with its check character
  set_up_link,  // no checksum: 32 bytes of base64url after /setup#
};

// "API key", "claim code", "set-up link".
[[nodiscard]] std::string_view to_text(SecretKind kind);

struct FoundSecret {
  SecretKind kind;
  std::size_t at;         // in the text that was searched
  std::string_view text;  // of that text: only the secret itself
};

// The longest text that is looked at as one: who searches piece by piece lets the pieces overlap by
// this and one more character.
inline constexpr std::size_t kLongestSecret = 64;

// In the order of where they begin. Letters or digits right before an API key do not hide it, since
// it has a checksum; before and after the others they do.
[[nodiscard]] std::vector<FoundSecret> find_secrets(std::string_view text);

}  // namespace fastness::crypto
