// How a claim code is spelled: FC-7M3K-0PXV-9ZDB-WH52-J. A person reads it off a label and types it
// in, so it has no letters that look alike, and a character that tells a slip.
#pragma once

#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::identity {

// The eighty random bits of a claim code. Immutable.
class ClaimSecret {
 public:
  [[nodiscard]] static ClaimSecret make(Random& random);

  // Reads it as people write it: either case, O for 0, I and L for 1, with or without dashes,
  // spaces and the FC in front. `invalid_argument` if it is not whole or its check character says
  // that one was mistyped or two were swapped; the text is never repeated.
  [[nodiscard]] static Result<ClaimSecret> parse(std::string_view untrusted);

  // The one spelling that we write.
  [[nodiscard]] crypto::SecretBytes to_text() const;

  [[nodiscard]] std::span<const std::uint8_t> reveal() const { return bits_.reveal(); }

 private:
  explicit ClaimSecret(crypto::SecretBytes bits) : bits_(std::move(bits)) {}

  crypto::SecretBytes bits_;
};

}  // namespace fastness::identity
