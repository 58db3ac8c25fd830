// How a recovery kit is opened: by a passphrase, or by several people together.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "vault/recovery/kit.h"

namespace fastness::vault {

// Any `needed` of `count` people.
struct SplitChoice {
  std::size_t needed = 0;
  std::size_t count = 0;
};
// What a person chose for a kit that is made.
using KitProtection = std::variant<crypto::SecretBytes, SplitChoice>;  // a passphrase, or a split

struct ProtectedKit {
  std::variant<ByPassphrase, ByShares> opening;
  crypto::SecretBytes secret;       // for SealedKit::seal
  std::vector<std::string> shares;  // as people keep them; only this call ever shows them
};
// `invalid_argument` for a split that makes no sense.
[[nodiscard]] Result<ProtectedKit> protect_kit(const KitProtection& protection, const Uuid& kit,
                                               Random& random);

// The secret that opens the kit, out of what a person gave: its passphrase, or its shares, one a
// line. `unauthenticated` says which share is not one of this kit's, or how many are missing. A
// wrong passphrase is found by opening.
[[nodiscard]] Result<crypto::SecretBytes> secret_of_kit(const KitHeader& header,
                                                        const crypto::SecretBytes& given);

}  // namespace fastness::vault
