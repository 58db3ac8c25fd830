#pragma once

#include <cstdint>

#include "crypto/digest.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault_ipc {

// By what a hub knows its vault again: hashes of the keys that it got at its start, which say
// nothing of the keys. Immutable.
class KnownVault {
 public:
  explicit KnownVault(const StartKeys& keys);

  // Whether these are the same vault's. The keys of access tokens follow the calendar, so of these
  // the ones of an epoch that both know must be equal; all others must.
  [[nodiscard]] bool is_same(const StartKeys& keys) const;

 private:
  crypto::Digest lasting_;
  std::uint32_t token_epoch_;
  crypto::Digest token_;
  crypto::Digest previous_token_;
};

}  // namespace fastness::vault_ipc
