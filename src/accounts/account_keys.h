#pragma once

#include "crypto/secret/secret_bytes.h"

namespace fastness::accounts {

// The keys under which accounts looks secrets up and signs tokens; the vault hands them out once,
// at start. One for each purpose, 32 bytes each, so that a digest made for one means nothing to
// another.
struct AccountKeys {
  crypto::SecretBytes api_key;
  crypto::SecretBytes session;
  crypto::SecretBytes csrf;
  crypto::SecretBytes setup_link;
  crypto::SecretBytes blind_index;
  crypto::SecretBytes token_current;   // signs and verifies
  crypto::SecretBytes token_previous;  // verifies only; empty if there is none
};

}  // namespace fastness::accounts
