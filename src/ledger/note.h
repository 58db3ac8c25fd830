// Signed notes (C2SP signed-note): a text, and beneath it who signed it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/public_key/ed25519.h"

namespace fastness::ledger {

// Whose signatures are believed: a name and the Ed25519 key that signs under it. What an owner
// hands to whoever shall check the ledger.
struct VerifierKey {
  std::string name;
  crypto::Ed25519PublicKey key{};

  // The vkey of C2SP signed-note: the name, the key's id in hexadecimal, and in base64 what kind of
  // key it is and the key, with `+` between them.
  [[nodiscard]] std::string to_text() const;

  // `invalid_argument` for anything but what to_text writes, and for kinds other than Ed25519.
  [[nodiscard]] static Result<VerifierKey> parse(std::string_view text);

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

// `text` with one signature. `text` ends in a newline and has no other control characters; `name`
// is not empty and has neither spaces nor `+`. Both are ours, so neither is checked.
[[nodiscard]] std::string sign_note(std::string_view text, std::string_view name,
                                    const crypto::Ed25519Key& key);

// What the note says, a view into it. `corrupted` unless it is spelled as a signed note and carries
// a signature by `key`; signatures of others are skipped, but one that names `key` and fails makes
// the whole note worthless.
[[nodiscard]] Result<std::string_view> open_note(std::string_view untrusted_note,
                                                 const VerifierKey& key);

}  // namespace fastness::ledger
