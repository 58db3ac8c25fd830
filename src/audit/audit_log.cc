#include "audit/audit_log.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/fixed_limits.h"
#include "ledger/audit_leaf.h"
#include "storage/migrations.h"

namespace fastness::audit {
namespace {

constexpr storage::Migration kMigrations[] = {
    {1, R"(
      CREATE TABLE audit_entry (
        seq INTEGER PRIMARY KEY,
        organisation BLOB NOT NULL,
        time INTEGER NOT NULL,
        sealed BLOB NOT NULL
      ) STRICT;
      CREATE INDEX audit_entry_by_organisation ON audit_entry (organisation, seq);
      CREATE TABLE audit_checkpoint (
        size INTEGER PRIMARY KEY,
        root TEXT NOT NULL,
        note TEXT NOT NULL,
        signed_at INTEGER NOT NULL
      ) STRICT;
    )"},
    // Entries of before have no commitment, and are acts.
    {2, R"(
      ALTER TABLE audit_entry ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE audit_entry ADD COLUMN commitment BLOB;
      CREATE INDEX audit_entry_by_kind ON audit_entry (organisation, kind, seq);
    )"},
};

constexpr std::size_t kMaxText = fixed_limit("audit.text_bytes");

keys::Address address_of(OrganisationId organisation, std::uint64_t seq) {
  Bytes row;
  ByteWriter(row).u64(seq);
  return {organisation, keys::FieldId::audit_entry, keys::RowId(ByteView(row))};
}

std::array<std::string*, 7> texts_of(Event& event) {
  return {&event.actor,  &event.action,  &event.object, &event.address,
          &event.result, &event.request, &event.session};
}

Bytes encode(const Event& event) {
  return ledger::AuditContent{event.actor,  event.action,  event.object,  event.address,
                              event.result, event.request, event.session, event.count}
      .encode();
}

Result<Event> decode(OrganisationId organisation, ByteView bytes) {
  FASTNESS_ASSIGN_OR_RETURN(ledger::AuditContent content, ledger::AuditContent::decode(bytes));
  return Event{organisation,
               std::move(content.actor),
               std::move(content.action),
               std::move(content.object),
               std::move(content.address),
               std::move(content.result),
               std::move(content.request),
               std::move(content.session),
               content.count};
}

// An entry of before there were commitments: five texts.
Result<Event> decode_plain(OrganisationId organisation, ByteView bytes) {
  Event event{organisation, {}, {}, {}, {}, {}};
  ByteReader in(bytes);
  for (std::string* text :
       {&event.actor, &event.action, &event.object, &event.address, &event.result}) {
    *text = in.sized_text();
  }
  FASTNESS_RETURN_IF_ERROR(in.finish("an audit entry"));
  return event;
}

Result<crypto::Digest> leaf_of(std::uint64_t seq, Timestamp time, OrganisationId organisation,
                               ByteView sealed, const std::optional<Bytes>& commitment) {
  if (!commitment) return ledger::plain_audit_leaf(seq, time, organisation, sealed);
  ledger::AuditLeaf leaf{seq, time, organisation, {}, crypto::sha256(sealed)};
  if (commitment->size() != leaf.commitment.size()) {
    return fail(Errc::corrupted, "audit entry " + std::to_string(seq) + " is damaged");
  }
  std::ranges::copy(*commitment, leaf.commitment.begin());
  return leaf.merkle_leaf();
}

}  // namespace

// What the seal of an entry holds.
struct AuditLog::Content {
  Event event;
  std::optional<Opening> opening;
};

AuditLog::AuditLog(storage::Database& database, keys::ContentKeys& keys, const Clock& clock,
                   Random& random, ledger::VerifierKey key)
    : database_(database), keys_(keys), clock_(clock), random_(random), key_(std::move(key)) {}

Result<std::unique_ptr<AuditLog>> AuditLog::open(storage::Database& database,
                                                 keys::ContentKeys& keys, const Clock& clock,
                                                 Random& random, ledger::VerifierKey key) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "audit", kMigrations));
  std::unique_ptr<AuditLog> log(new AuditLog(database, keys, clock, random, std::move(key)));
  FASTNESS_RETURN_IF_ERROR(log->load());
  FASTNESS_RETURN_IF_ERROR(log->check_against_checkpoint());
  return log;
}

Result<void> AuditLog::load() {
  FASTNESS_ASSIGN_OR_RETURN(
      storage::Statement rows,
      database_.prepare(
          "SELECT seq, organisation, time, sealed, commitment FROM audit_entry ORDER BY seq"));
  FASTNESS_RETURN_IF_ERROR(rows.bind());
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return {};
    FASTNESS_ASSIGN_OR_RETURN(
        const auto row,
        (rows.row<std::uint64_t, OrganisationId, Timestamp, Bytes, std::optional<Bytes>>()));
    const auto& [seq, organisation, time, sealed, commitment] = row;
    if (seq != tree_.size()) {
      return fail(Errc::corrupted, "the audit trail lacks entry " + std::to_string(tree_.size()));
    }
    FASTNESS_ASSIGN_OR_RETURN(const crypto::Digest leaf,
                              leaf_of(seq, time, organisation, sealed, commitment));
    tree_.append(leaf);
  }
}

Result<void> AuditLog::check_against_checkpoint() const {
  FASTNESS_ASSIGN_OR_RETURN(const auto checkpoint, last_checkpoint());
  if (!checkpoint) return {};
  const Head& head = checkpoint->head;
  if (head.size > tree_.size() || to_hex(tree_.root_at(head.size)) != head.root) {
    return fail(Errc::corrupted, "the audit trail is not the one that was signed when it had " +
                                     std::to_string(head.size) + " entries");
  }
  return {};
}

Result<void> AuditLog::record(Event event, Kind kind) {
  for (std::string* text : texts_of(event)) text->resize(std::min(text->size(), kMaxText));
  const std::uint64_t seq = tree_.size();
  const Timestamp now = clock_.now();
  ledger::AuditSalt salt{};
  random_.fill(salt);
  const Bytes content = encode(event);
  Bytes opening(salt.begin(), salt.end());
  opening.insert(opening.end(), content.begin(), content.end());
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                            keys_.seal(address_of(event.organisation, seq), opening));
  const crypto::Digest digest = ledger::commit_audit(salt, content);
  const std::optional<Bytes> commitment(std::in_place, digest.begin(), digest.end());
  FASTNESS_ASSIGN_OR_RETURN(const crypto::Digest leaf,
                            leaf_of(seq, now, event.organisation, sealed, commitment));
  FASTNESS_RETURN_IF_ERROR(database_.run(
      "INSERT INTO audit_entry (seq, organisation, time, sealed, kind, commitment) "
      "VALUES (?, ?, ?, ?, ?, ?)",
      seq, event.organisation, now, sealed, static_cast<std::int64_t>(kind), *commitment));
  tree_.append(leaf);
  return {};
}

Result<std::optional<AuditLog::Content>> AuditLog::open_row(OrganisationId organisation,
                                                            const Row& row) const {
  const auto& [seq, time, sealed, commitment] = row;
  const auto plain = keys_.open(address_of(organisation, seq), sealed);
  if (!plain && plain.error().code == Errc::not_found) return std::optional<Content>();
  if (!plain) return Unexpected<Error>{plain.error()};
  if (!commitment) {
    FASTNESS_ASSIGN_OR_RETURN(Event event, decode_plain(organisation, *plain));
    return std::optional(Content{std::move(event), std::nullopt});
  }
  ByteReader in(*plain);
  const ByteView salt = in.raw(ledger::AuditSalt().size());
  const ByteView content = in.rest();
  FASTNESS_ASSIGN_OR_RETURN(Event event, decode(organisation, content));
  return std::optional(Content{std::move(event), Opening{to_bytes(salt), to_bytes(content)}});
}

Result<std::vector<Entry>> AuditLog::read(OrganisationId organisation,
                                          const std::vector<Row>& rows) const {
  std::vector<Entry> entries;
  for (const Row& row : rows) {
    FASTNESS_ASSIGN_OR_RETURN(auto content, open_row(organisation, row));
    if (content) entries.push_back({std::get<0>(row), std::get<1>(row), std::move(content->event)});
  }
  return entries;
}

Result<std::vector<Entry>> AuditLog::list(OrganisationId organisation, std::size_t limit,
                                          std::optional<std::uint64_t> before) const {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_.query<std::uint64_t, Timestamp, Bytes, std::optional<Bytes>>(
          "SELECT seq, time, sealed, commitment FROM audit_entry WHERE organisation = ? AND "
          "seq < ? ORDER BY seq DESC LIMIT ?",
          organisation, before.value_or(tree_.size()), std::min(limit, kMaxPage))));
  return read(organisation, rows);
}

Result<std::vector<Entry>> AuditLog::list(OrganisationId organisation, std::size_t limit,
                                          std::optional<std::uint64_t> before, Kind kind) const {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_.query<std::uint64_t, Timestamp, Bytes, std::optional<Bytes>>(
          "SELECT seq, time, sealed, commitment FROM audit_entry WHERE organisation = ? AND "
          "kind = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
          organisation, static_cast<std::int64_t>(kind), before.value_or(tree_.size()),
          std::min(limit, kMaxPage))));
  return read(organisation, rows);
}

Result<AuditLog::Piece> AuditLog::scan(OrganisationId organisation, std::uint64_t from) const {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_.query<std::uint64_t, Timestamp, Bytes, std::optional<Bytes>>(
          "SELECT seq, time, sealed, commitment FROM audit_entry WHERE organisation = ? AND "
          "seq >= ? ORDER BY seq LIMIT ?",
          organisation, from, kMaxPage)));
  Piece piece;
  FASTNESS_ASSIGN_OR_RETURN(piece.entries, read(organisation, rows));
  piece.unreadable = rows.size() - piece.entries.size();
  if (rows.size() == kMaxPage) piece.next = std::get<0>(rows.back()) + 1;
  return piece;
}

Result<std::vector<AuditLog::ProvenEntry>> AuditLog::prove(OrganisationId organisation,
                                                           std::uint64_t from, std::uint64_t size,
                                                           std::size_t limit) const {
  if (size > tree_.size()) {
    return fail(Errc::invalid_argument, "the audit trail never had so many entries");
  }
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_.query<std::uint64_t, Timestamp, Bytes, std::optional<Bytes>>(
          "SELECT seq, time, sealed, commitment FROM audit_entry WHERE organisation = ? AND "
          "seq >= ? AND seq < ? ORDER BY seq LIMIT ?",
          organisation, from, size, std::min(limit, kMaxPage))));
  std::vector<ProvenEntry> proven;
  for (const Row& row : rows) {
    const auto& [seq, time, sealed, commitment] = row;
    ProvenEntry entry{seq, time, tree_.subtree(0, seq), {}, sealed, {}, {}, {}};
    FASTNESS_ASSIGN_OR_RETURN(entry.hashes, tree_.inclusion_proof(seq, size));
    if (commitment) {
      entry.commitment.emplace();
      std::ranges::copy(*commitment, entry.commitment->begin());  // its size was checked
    }
    FASTNESS_ASSIGN_OR_RETURN(auto content, open_row(organisation, row));
    if (content) {
      entry.event = std::move(content->event);
      entry.opening = std::move(content->opening);
    }
    proven.push_back(std::move(entry));
  }
  return proven;
}

Result<std::uint64_t> AuditLog::first_since(Timestamp time) const {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      (database_.query_one<std::uint64_t>(
          "SELECT seq FROM audit_entry WHERE time >= ? ORDER BY seq LIMIT 1", time)));
  return row ? std::get<0>(*row) : tree_.size();
}

Result<std::vector<crypto::Digest>> AuditLog::prove_consistency(std::uint64_t from,
                                                                std::uint64_t to) const {
  return tree_.consistency_proof(from, to);
}

Result<void> AuditLog::check(std::uint64_t size, const crypto::Digest& root) const {
  if (size <= tree_.size() && tree_.root_at(size) == root) return {};
  return fail(Errc::corrupted, "the audit trail was never as it was signed when it had " +
                                   std::to_string(size) +
                                   " entries: entries were taken back or "
                                   "changed");
}

AuditLog::Head AuditLog::head() const {
  return {tree_.size(), to_hex(tree_.root())};
}

Result<void> AuditLog::keep_checkpoint(const Head& head, const std::string& note) {
  if (head.size > tree_.size() || to_hex(tree_.root_at(head.size)) != head.root) {
    return fail(Errc::invalid_argument, "that is not a head of this audit trail");
  }
  FASTNESS_RETURN_IF_ERROR(database_.run(
      "INSERT OR REPLACE INTO audit_checkpoint (size, root, note, signed_at) VALUES (?, ?, ?, ?)",
      head.size, head.root, note, clock_.now()));
  return {};
}

Result<std::optional<AuditLog::Checkpoint>> AuditLog::last_checkpoint() const {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      (database_.query_one<std::uint64_t, std::string, std::string, Timestamp>(
          "SELECT size, root, note, signed_at FROM audit_checkpoint ORDER BY size DESC LIMIT 1")));
  if (!row) return std::optional<Checkpoint>();
  const auto& [size, root, note, signed_at] = *row;
  return std::optional(Checkpoint{{size, root}, note, signed_at});
}

ledger::WitnessedLog witnessed(const AuditLog& log) {
  return {log.key(),
          [&log]() -> Result<std::string> {
            FASTNESS_ASSIGN_OR_RETURN(auto last, log.last_checkpoint());
            if (!last) return fail(Errc::not_found, "nothing of the audit trail was signed yet");
            return std::move(last->note);
          },
          [&log](const ledger::Checkpoint& older) { return log.check(older.size, older.root); }};
}

}  // namespace fastness::audit
