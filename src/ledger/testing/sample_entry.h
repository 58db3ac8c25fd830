#pragma once

#include <cstdint>

#include "ledger/entry.h"

namespace fastness::ledger::testing {

// An entry whose fields all differ from what a new one has, so that none can be left out unseen.
inline LedgerEntry sample_entry() {
  Uuid::Bytes device{};
  device[15] = 1;
  LedgerEntry entry;
  entry.index = 77;
  entry.device = DeviceId(Uuid(device));
  entry.leaf.fill(2);
  entry.key.fill(3);
  entry.profile = Profile::board;
  entry.generation = GenerationId(4);
  entry.time = Timestamp(std::chrono::hours(5));
  entry.not_after = Timestamp(std::chrono::hours(6));
  entry.continuity = Continuity::signed_by_old_key;
  return entry;
}

}  // namespace fastness::ledger::testing
