#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "audit/entry.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "crypto/merkle.h"
#include "keys/content_keys.h"
#include "storage/database.h"

namespace fastness::audit {

// The trail of what was done. Lives on the control thread.
//
// Entries are sealed for their organisation, and the Merkle tree (RFC 6962, 2.1) is over the sealed
// form. `open` rebuilds the tree and refuses a trail whose numbers have gaps or whose beginning is
// not what the last checkpoint covered, so that cutting or editing it is found at the next start.
class AuditLog {
 public:
  // What the vault signs: how many entries, and the tree's root in hex.
  struct Head {
    std::uint64_t size;
    std::string root;
    friend bool operator==(const Head&, const Head&) = default;
  };
  struct Checkpoint {
    Head head;
    std::string note;  // as the vault signed it
    Timestamp signed_at;
  };

  static constexpr std::size_t kMaxPage = fixed_limit("api.audit_entries");

  // All must outlive the log. `corrupted` if the trail was tampered with.
  [[nodiscard]] static Result<std::unique_ptr<AuditLog>> open(storage::Database& database,
                                                              keys::ContentKeys& keys,
                                                              const Clock& clock);
  // On return the event is on disk. Texts too long are cut.
  [[nodiscard]] Result<void> record(Event event);

  // The organisation's newest entries with a number below `before`, newest first; at most `limit`
  // and never more than kMaxPage. An entry whose keys were erased is left out.
  [[nodiscard]] Result<std::vector<Entry>> list(OrganisationId organisation, std::size_t limit,
                                                std::optional<std::uint64_t> before) const;

  [[nodiscard]] Head head() const;

  // Keeps the vault's signature over a head of this trail. `invalid_argument` if it was never ours.
  [[nodiscard]] Result<void> keep_checkpoint(const Head& head, const std::string& note);
  // Nothing before the first one.
  [[nodiscard]] Result<std::optional<Checkpoint>> last_checkpoint() const;

 private:
  AuditLog(storage::Database& database, keys::ContentKeys& keys, const Clock& clock);
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> check_against_checkpoint() const;

  storage::Database& database_;
  keys::ContentKeys& keys_;
  const Clock& clock_;
  crypto::MerkleTree tree_;
};

}  // namespace fastness::audit
