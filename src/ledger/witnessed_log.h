#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"

namespace fastness::ledger {

// A log whose checkpoints are carried off this host: the ledger of certificates, the audit trail.
// What it was made of must outlive it.
struct WitnessedLog {
  VerifierKey key;  // that signs its checkpoints
  // As it is now, signed. `not_found` while nothing of it was signed: there is nothing to carry.
  std::function<Result<std::string>()> checkpoint;
  // `corrupted` if the log was never as `older` says, whose signature was verified.
  std::function<Result<void>(const Checkpoint& older)> check;
};

}  // namespace fastness::ledger
