#include "audit/audit_log.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/fixed_limits.h"
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
};

constexpr std::size_t kMaxText = fixed_limit("audit.text_bytes");

keys::Address address_of(OrganisationId organisation, std::uint64_t seq) {
  Bytes row;
  ByteWriter(row).u64(seq);
  return {organisation, keys::FieldId::audit_entry, keys::RowId(ByteView(row))};
}

// What the tree's leaf is the hash of: all that is stored of an entry.
Bytes leaf_text(std::uint64_t seq, Timestamp time, OrganisationId organisation, ByteView sealed) {
  Bytes text;
  ByteWriter out(text);
  out.u64(seq);
  out.i64(time.time_since_epoch().count());
  out.raw(organisation.value().bytes());
  out.raw(sealed);
  return text;
}

std::array<std::string*, 5> texts_of(Event& event) {
  return {&event.actor, &event.action, &event.object, &event.address, &event.result};
}

Bytes encode(Event& event) {
  Bytes bytes;
  ByteWriter out(bytes);
  for (const std::string* text : texts_of(event)) out.sized(*text);
  return bytes;
}

Result<Event> decode(OrganisationId organisation, ByteView bytes) {
  Event event{organisation, {}, {}, {}, {}, {}};
  ByteReader in(bytes);
  for (std::string* text : texts_of(event)) *text = in.sized_text();
  FASTNESS_RETURN_IF_ERROR(in.finish("an audit entry"));
  return event;
}

}  // namespace

AuditLog::AuditLog(storage::Database& database, keys::ContentKeys& keys, const Clock& clock)
    : database_(database), keys_(keys), clock_(clock) {}

Result<std::unique_ptr<AuditLog>> AuditLog::open(storage::Database& database,
                                                 keys::ContentKeys& keys, const Clock& clock) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "audit", kMigrations));
  std::unique_ptr<AuditLog> log(new AuditLog(database, keys, clock));
  FASTNESS_RETURN_IF_ERROR(log->load());
  FASTNESS_RETURN_IF_ERROR(log->check_against_checkpoint());
  return log;
}

Result<void> AuditLog::load() {
  FASTNESS_ASSIGN_OR_RETURN(
      storage::Statement rows,
      database_.prepare("SELECT seq, organisation, time, sealed FROM audit_entry ORDER BY seq"));
  FASTNESS_RETURN_IF_ERROR(rows.bind());
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return {};
    FASTNESS_ASSIGN_OR_RETURN(const auto row,
                              (rows.row<std::uint64_t, OrganisationId, Timestamp, Bytes>()));
    const auto& [seq, organisation, time, sealed] = row;
    if (seq != tree_.size()) {
      return fail(Errc::corrupted, "the audit trail lacks entry " + std::to_string(tree_.size()));
    }
    tree_.append(crypto::merkle_leaf(leaf_text(seq, time, organisation, sealed)));
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

Result<void> AuditLog::record(Event event) {
  for (std::string* text : texts_of(event)) text->resize(std::min(text->size(), kMaxText));
  const std::uint64_t seq = tree_.size();
  const Timestamp now = clock_.now();
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                            keys_.seal(address_of(event.organisation, seq), encode(event)));
  FASTNESS_RETURN_IF_ERROR(
      database_.run("INSERT INTO audit_entry (seq, organisation, time, sealed) VALUES (?, ?, ?, ?)",
                    seq, event.organisation, now, sealed));
  tree_.append(crypto::merkle_leaf(leaf_text(seq, now, event.organisation, sealed)));
  return {};
}

Result<std::vector<Entry>> AuditLog::list(OrganisationId organisation, std::size_t limit,
                                          std::optional<std::uint64_t> before) const {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_.query<std::uint64_t, Timestamp, Bytes>(
          "SELECT seq, time, sealed FROM audit_entry WHERE organisation = ? AND seq < ? "
          "ORDER BY seq DESC LIMIT ?",
          organisation, before.value_or(tree_.size()), std::min(limit, kMaxPage))));
  std::vector<Entry> entries;
  for (const auto& [seq, time, sealed] : rows) {
    const auto plain = keys_.open(address_of(organisation, seq), sealed);
    if (!plain && plain.error().code == Errc::not_found) continue;
    if (!plain) return Unexpected<Error>{plain.error()};
    FASTNESS_ASSIGN_OR_RETURN(Event event, decode(organisation, *plain));
    entries.push_back({seq, time, std::move(event)});
  }
  return entries;
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

}  // namespace fastness::audit
