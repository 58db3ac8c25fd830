// What an owner downloads of the ledger and hands to a stranger, and how the stranger checks it
// without asking anybody. docs/ledger.md describes the documents.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/x509/certificate.h"
#include "ledger/checkpoint.h"
#include "ledger/entry.h"
#include "ledger/note.h"

namespace fastness::client {

// What a proof shows, once it was found to hold.
struct ProvenCertificate {
  ledger::LedgerEntry entry;
  ledger::Checkpoint checkpoint;                   // that covers the entry
  std::optional<crypto::Certificate> certificate;  // if the document has it: the one of the entry
};

// Reads and checks a proof of inclusion. `invalid_argument` if the text is no such document;
// `corrupted` if it is one and does not hold under `key`. The message says to a person which part
// is wrong. A document says each thing in one way only, so no bit of one that holds can be changed.
[[nodiscard]] Result<ProvenCertificate> verify_ledger_proof(std::string_view untrusted_document,
                                                            const ledger::VerifierKey& key);

// The same for a proof of consistency: that the ledger only grew since `older`, which was verified
// before, up to the checkpoint that is returned.
[[nodiscard]] Result<ledger::Checkpoint> verify_ledger_consistency(
    std::string_view untrusted_document, const ledger::Checkpoint& older,
    const ledger::VerifierKey& key);

}  // namespace fastness::client
