// A root's private key on its way out of the vault: a file, and a code on paper that opens it.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"
#include "crypto/secret/secret_bytes.h"
#include "crypto/x509/certificate.h"

namespace fastness::vault {

// Which of the two roots. The one cannot be passed off as the other.
enum class RootRole { active, standby };

struct SealedRoot {
  std::string code;   // eight groups of four letters and digits, 160 bits; shown only here
  Bytes sealed;       // PKCS#8 under Argon2id of the code
  Bytes certificate;  // DER

  // The file: both as PEM, without the code.
  [[nodiscard]] std::string to_file(RootRole role) const;
};

[[nodiscard]] Result<SealedRoot> seal_root(RootRole role, ByteView certificate,
                                           const crypto::SecretBytes& pkcs8, Random& random);

// A root in the hands of whoever has both file and code. Forgotten with this object.
struct OpenedRoot {
  crypto::PrivateKey key;
  crypto::Certificate certificate;
};

// Opens such a file. The code may be typed with or without its dashes, in either case.
// `invalid_argument` if it is no such file, `unauthenticated` if the code is wrong or the file was
// changed.
[[nodiscard]] Result<OpenedRoot> open_sealed_root(std::string_view untrusted_file,
                                                  const crypto::SecretBytes& code);

}  // namespace fastness::vault
