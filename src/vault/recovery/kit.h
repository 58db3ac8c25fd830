#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/ids/uuid.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/password/password_hash.h"
#include "vault/lasting_keys.h"
#include "vault/organisation_keys.h"
#include "vault/recovery/epoch_ring.h"
#include "vault/recovery/public_history.h"

namespace fastness::vault {

// Everything that a new host needs of the old one's vault, besides a backup. What is in it and what
// is not, and why: docs/decisions/0042. Move-only.
struct KitContents {
  LastingKeys lasting;
  EpochRing ring;
  std::optional<crypto::SecretBytes> server_root;  // PKCS#8; see KitHeader::server_root
  std::vector<HeldKey> held;
  PublicHistory history;

  [[nodiscard]] crypto::SecretBytes encode() const;
  // `corrupted` unless it was encoded above.
  [[nodiscard]] static Result<KitContents> decode(const crypto::SecretBytes& encoded);
};

// How a kit is opened, as its header says it: nothing here is a secret.
struct ByPassphrase {
  std::array<std::uint8_t, crypto::kPasswordSaltSize> salt{};
};
struct ByShares {
  std::uint8_t needed = 0;
  std::vector<crypto::Digest> digests;  // of each share, by which a wrong one is told
};

// What a kit says of itself to everybody. It cannot be exchanged: the contents are sealed over it.
struct KitHeader {
  Uuid instance{Uuid::Bytes{}};
  Environment environment = Environment::production;  // as a kit says nothing of before it did
  Uuid id{Uuid::Bytes{}};
  Timestamp created_at{};
  std::uint32_t owners = 0;  // organisations and people whose keys it holds
  std::uint32_t generations = 0;
  std::uint64_t certificates = 0;  // in the ledger
  ServerRootPlace server_root = ServerRootPlace::in_token;
  std::variant<ByPassphrase, ByShares> opening;
  // The month whose backups, and all later ones, it opens; nothing in a kit of before kits said so.
  std::optional<Month> opens_from;
};

// A kit that was read and not opened yet.
class SealedKit {
 public:
  // `invalid_argument` if the file is no kit, or of a version that we do not know.
  [[nodiscard]] static Result<SealedKit> parse(Bytes file);

  // `secret` is 32 bytes: what the passphrase or the shares come to, by the functions below.
  [[nodiscard]] static Bytes seal(const KitHeader& header, const KitContents& contents,
                                  const crypto::SecretBytes& secret, Random& random);

  [[nodiscard]] const KitHeader& header() const { return header_; }

  // `unauthenticated` if the secret is another one's or the file was changed, `corrupted` if what
  // is in it is not what its header says.
  [[nodiscard]] Result<KitContents> open(const crypto::SecretBytes& secret) const;

 private:
  SealedKit(Bytes file, std::size_t head_size, KitHeader header)
      : file_(std::move(file)), head_size_(head_size), header_(std::move(header)) {}

  Bytes file_;
  std::size_t head_size_;
  KitHeader header_;
};

// The largest file that is read as a kit: ten million certificates and their owners.
inline constexpr std::size_t kMaxKitFile = std::size_t{2} << 30U;

}  // namespace fastness::vault
