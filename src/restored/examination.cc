#include "restored/examination.h"

#include <algorithm>

#include "crypto/merkle_tiles.h"
#include "identity/identity_store.h"
#include "journal/segment_log.h"
#include "storage/key_value_store.h"

namespace fastness::restored {
namespace {

Unexpected<Error> differs(const std::string& what, std::uint64_t found, std::uint64_t expected) {
  return fail(Errc::corrupted, "the restored " + what + " has " + std::to_string(found) +
                                   " entries, and the instance had " + std::to_string(expected));
}

// The tree over the copy's own rows: a row that is missing, of another place or changed gives
// another root.
Result<void> examine_ledger(storage::Database& database, const Expectation& expected) {
  FASTNESS_ASSIGN_OR_RETURN(identity::IdentityStore store, identity::IdentityStore::open(database));
  crypto::TiledMerkleTree tree;
  FASTNESS_RETURN_IF_ERROR(
      store.for_each_entry([&tree](const ledger::LedgerEntry& entry, bool) -> Result<void> {
        if (entry.index != tree.size()) {
          return fail(Errc::corrupted,
                      "the restored ledger lacks entry " + std::to_string(tree.size()));
        }
        tree.append(entry.merkle_leaf());
        return {};
      }));
  if (tree.size() != expected.ledger_size) {
    return differs("ledger", tree.size(), expected.ledger_size);
  }
  if (tree.root() == expected.ledger_root) return {};
  return fail(Errc::corrupted, "the restored ledger is not the one that the instance had");
}

Result<void> examine_audit(storage::Database& database, const Expectation& expected,
                           keys::ContentKeys& content_keys, const Clock& clock, Random& random) {
  FASTNESS_ASSIGN_OR_RETURN(const auto trail,
                            audit::AuditLog::open(database, content_keys, clock, random));
  const audit::AuditLog::Head found = trail->head();
  if (found.size != expected.audit.size) {
    return differs("audit trail", found.size, expected.audit.size);
  }
  if (found == expected.audit) return {};
  return fail(Errc::corrupted, "the restored audit trail is not the one that the instance had");
}

// What its consumers have not taken yet, as the start after a restore would read it.
Result<void> examine_journal(const RestoredCopy& copy, const Expectation& expected,
                             os::FileSystem& files, keys::SegmentKeys& segment_keys) {
  journal::SegmentLog::Options options;
  options.directory = copy.journal;
  options.consumers = copy.consumers;
  FASTNESS_ASSIGN_OR_RETURN(const auto log,
                            journal::SegmentLog::open(files, segment_keys, std::move(options)));
  if (log->next_position() < expected.journal_next) {
    return differs("journal", log->next_position() - 1, expected.journal_next - 1);
  }
  journal::Position from = log->next_position();
  for (const std::string& consumer : copy.consumers) {
    from = std::min(from, log->checkpoint_of(consumer));
  }
  return log->replay(from,
                     [](journal::Position, const journal::Record&) { return Result<void>(); });
}

}  // namespace

Result<void> examine(const RestoredCopy& copy, const Expectation& expected, os::FileSystem& files,
                     keys::SegmentKeys& segment_keys, keys::ContentKeys& content_keys,
                     const Clock& clock, Random& random, const std::stop_token& stop) {
  FASTNESS_RETURN_IF_ERROR(copy.database.check(stop));
  FASTNESS_RETURN_IF_ERROR(examine_ledger(copy.database, expected));
  FASTNESS_RETURN_IF_ERROR(examine_audit(copy.database, expected, content_keys, clock, random));
  FASTNESS_RETURN_IF_ERROR(storage::KeyValueStore::check({copy.values, copy.families}, stop));
  return examine_journal(copy, expected, files, segment_keys);
}

}  // namespace fastness::restored
