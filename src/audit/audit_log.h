#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "audit/entry.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"
#include "keys/content_keys.h"
#include "ledger/note.h"
#include "ledger/witnessed_log.h"
#include "storage/database.h"

namespace fastness::audit {

// The trail of what was done. Lives on the control thread.
//
// Entries are sealed for their organisation, and the Merkle tree (RFC 6962, 2.1) is over the sealed
// form and a commitment to the content (ledger/audit_leaf.h), so that an owner can show an entry to
// a stranger and an erased one still proves that it was there. `open` rebuilds the tree and refuses
// a trail whose numbers have gaps or whose beginning is not what the last checkpoint covered, so
// that cutting or editing it is found at the next start.
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

  // What an owner shows of one entry. `event` and `opening` are absent once its keys were erased,
  // `opening` and `commitment` for entries of before there were any.
  struct Opening {
    Bytes salt;
    Bytes content;  // ledger::AuditContent, encoded
  };
  struct ProvenEntry {
    std::uint64_t seq;
    Timestamp time;
    crypto::Digest leaf;
    std::vector<crypto::Digest> hashes;
    Bytes sealed;  // as it is stored
    std::optional<crypto::Digest> commitment;
    std::optional<Event> event;
    std::optional<Opening> opening;
  };

  // What an entry is about: what changed, or was tried, and what was read or written so often that
  // it is added up (AccessTally).
  enum class Kind : std::uint8_t { act = 0, access = 1 };

  static constexpr std::size_t kMaxPage = fixed_limit("api.audit_entries");

  // All must outlive the log. `key` is the vault's, which signs the checkpoints. `corrupted` if the
  // trail was tampered with.
  [[nodiscard]] static Result<std::unique_ptr<AuditLog>> open(storage::Database& database,
                                                              keys::ContentKeys& keys,
                                                              const Clock& clock, Random& random,
                                                              ledger::VerifierKey key = {});
  // On return the event is on disk. Texts too long are cut.
  [[nodiscard]] Result<void> record(Event event, Kind kind = Kind::act);

  // The organisation's newest entries with a number below `before`, newest first; at most `limit`
  // and never more than kMaxPage. An entry whose keys were erased is left out.
  [[nodiscard]] Result<std::vector<Entry>> list(OrganisationId organisation, std::size_t limit,
                                                std::optional<std::uint64_t> before) const;
  // The same of one kind only.
  [[nodiscard]] Result<std::vector<Entry>> list(OrganisationId organisation, std::size_t limit,
                                                std::optional<std::uint64_t> before,
                                                Kind kind) const;

  // A piece of an organisation's trail for somebody who reads all of it.
  struct Piece {
    std::vector<Entry> entries;         // oldest first
    std::size_t unreadable = 0;         // whose keys were erased
    std::optional<std::uint64_t> next;  // from where to go on; nothing after the last
  };
  // From number `from` on, at most kMaxPage.
  [[nodiscard]] Result<Piece> scan(OrganisationId organisation, std::uint64_t from) const;

  // The organisation's entries from number `from` on, oldest first, each with the proof that it is
  // in the tree of `size` entries; at most `limit` and never more than kMaxPage. Erased ones too.
  // `invalid_argument` if the trail never had so many entries.
  [[nodiscard]] Result<std::vector<ProvenEntry>> prove(OrganisationId organisation,
                                                       std::uint64_t from, std::uint64_t size,
                                                       std::size_t limit) const;
  // The number of the first entry of any organisation that was written at `time` or later; the size
  // of the trail if none was. Looks at every entry before it, for a clock that was set back makes
  // no order of times.
  [[nodiscard]] Result<std::uint64_t> first_since(Timestamp time) const;
  // That the trail of `from` entries is a beginning of that of `to`. `invalid_argument` unless
  // 0 < from <= to and it has so many.
  [[nodiscard]] Result<std::vector<crypto::Digest>> prove_consistency(std::uint64_t from,
                                                                      std::uint64_t to) const;
  // `corrupted` if the trail never had this root when it had this many entries.
  [[nodiscard]] Result<void> check(std::uint64_t size, const crypto::Digest& root) const;

  [[nodiscard]] Head head() const;
  // Whose signature the checkpoints carry.
  [[nodiscard]] const ledger::VerifierKey& key() const { return key_; }

  // Keeps the vault's signature over a head of this trail. `invalid_argument` if it was never ours.
  [[nodiscard]] Result<void> keep_checkpoint(const Head& head, const std::string& note);
  // Nothing before the first one.
  [[nodiscard]] Result<std::optional<Checkpoint>> last_checkpoint() const;

 private:
  struct Content;
  using Row = std::tuple<std::uint64_t, Timestamp, Bytes, std::optional<Bytes>>;

  AuditLog(storage::Database& database, keys::ContentKeys& keys, const Clock& clock, Random& random,
           ledger::VerifierKey key);
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> check_against_checkpoint() const;
  // Nothing if the keys were erased.
  [[nodiscard]] Result<std::optional<Content>> open_row(OrganisationId organisation,
                                                        const Row& row) const;
  [[nodiscard]] Result<std::vector<Entry>> read(OrganisationId organisation,
                                                const std::vector<Row>& rows) const;

  storage::Database& database_;
  keys::ContentKeys& keys_;
  const Clock& clock_;
  Random& random_;
  ledger::VerifierKey key_;
  crypto::MerkleTree tree_;
};

// The trail as witnesses are shown it: by the last checkpoint that was kept. `log` must outlive it.
[[nodiscard]] ledger::WitnessedLog witnessed(const AuditLog& log);

}  // namespace fastness::audit
