#pragma once

#include "base/bytes.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "crypto/public_key/sealed_box.h"
#include "crypto/secret/secret_bytes.h"
#include "keys/field_id.h"

namespace fastness::keys {

// What ContentKeys needs of the vault. Thread-safe; calls block. Errors not named: `unavailable`
// when the vault does not answer.
class UnwrapService {
 public:
  virtual ~UnwrapService() = default;

  // The half of the organisation's key pair to which content keys are sealed; made on first use.
  [[nodiscard]] virtual Result<crypto::SealPublicKey> public_key(OrganisationId organisation) = 0;

  // Opens one sealed content key. `exhausted` when the organisation's budget or the total one is
  // used up, `corrupted` if the bytes are not a key sealed to this organisation.
  [[nodiscard]] virtual Result<crypto::SecretBytes> unwrap(OrganisationId organisation,
                                                           DataClass data_class,
                                                           ByteView sealed_key) = 0;

  // The share that is mixed into every content key of the organisation, or of one person in it.
  // `not_found` once it was destroyed, and what it protected is erased with it.
  [[nodiscard]] virtual Result<crypto::SecretBytes> organisation_share(
      OrganisationId organisation) = 0;
  [[nodiscard]] virtual Result<crypto::SecretBytes> person_share(OrganisationId organisation,
                                                                 UserId person) = 0;
};

// Keys of journal segments. Thread-safe; calls block.
class SegmentKeys {
 public:
  virtual ~SegmentKeys() = default;

  struct Fresh {
    crypto::SecretBytes key;  // 32 random bytes
    Bytes wrapped;            // the same, for the segment's header; at most kMaxWrapped bytes
  };
  static constexpr std::size_t kMaxWrapped = 256;

  [[nodiscard]] virtual Result<Fresh> make() = 0;

  // `corrupted` if the vault did not wrap these bytes.
  [[nodiscard]] virtual Result<crypto::SecretBytes> unwrap(ByteView wrapped) = 0;
};

}  // namespace fastness::keys
