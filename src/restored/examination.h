#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "journal/record.h"
#include "keys/content_keys.h"
#include "keys/unwrap_service.h"
#include "os/files/file_system.h"
#include "storage/database.h"

namespace fastness::restored {

// What an instance was at the moment of the copy that went into a backup, by what it has in memory
// and not by the files that were copied.
struct Expectation {
  std::uint64_t ledger_size = 0;
  crypto::Digest ledger_root{};
  audit::AuditLog::Head audit{};
  journal::Position journal_next = 1;  // the copy of the journal goes at least so far
};

// A backup's files after they were restored into a directory of their own.
struct RestoredCopy {
  storage::Database& database;        // that of the copy
  std::filesystem::path values;       // the key-value store
  std::vector<std::string> families;  // which must be in it
  std::filesystem::path journal;
  std::vector<std::string> consumers;  // of the journal
};

// Opens all of the copy and reads it: the database's pages, tables and references, the ledger's
// tree, the audit trail's, every block of the key-value store, and each record of the journal. Says
// nothing of what is sealed for an organisation but that its bytes are whole.
//
// `corrupted` says what is not as it should be, `unavailable` if it was asked to stop. May write
// into the copy, which is to be thrown away, and nowhere else. Takes as long as reading all of it:
// for a thread that nobody waits for. All arguments must outlive the call; of `content_keys`
// nothing is used.
[[nodiscard]] Result<void> examine(const RestoredCopy& copy, const Expectation& expected,
                                   os::FileSystem& files, keys::SegmentKeys& segment_keys,
                                   keys::ContentKeys& content_keys, const Clock& clock,
                                   Random& random, const std::stop_token& stop = {});

}  // namespace fastness::restored
