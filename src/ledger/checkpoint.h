#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/public_key/ed25519.h"
#include "ledger/note.h"

namespace fastness::ledger {

// What a signed checkpoint says: this log had this many entries, and this root stands for them.
struct Checkpoint {
  std::string origin;  // names the log, and the key that signs for it
  std::uint64_t size = 0;
  crypto::Digest root{};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The text form that witnesses understand: C2SP tlog-checkpoint in a signed note with one Ed25519
// signature.
[[nodiscard]] std::string sign_checkpoint(const Checkpoint& checkpoint,
                                          const crypto::Ed25519Key& key);

// `corrupted` unless it is such a text of the log that `key` names, with a good signature by it;
// lines of other signers are skipped. The message says to a person what is wrong.
[[nodiscard]] Result<Checkpoint> verify_checkpoint(std::string_view untrusted_text,
                                                   const VerifierKey& key);

}  // namespace fastness::ledger
