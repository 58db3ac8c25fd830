#include "gateway/store/session_store.h"

namespace fastness::gateway {
namespace {

Bytes key_bytes(const RowKey& row) {
  Bytes key = to_bytes(row.organisation.value().bytes());
  ByteWriter out(key);
  out.u8(static_cast<std::uint8_t>(row.kind));
  out.raw(row.digest);
  return key;
}

Result<RowKey> read_row(ByteView key) {
  ByteReader in(key);
  Uuid::Bytes organisation{};
  in.copy_to(organisation);
  const std::uint8_t kind = in.u8();
  RowKey row{OrganisationId(Uuid(organisation)), static_cast<RowKey::Kind>(kind), {}};
  in.copy_to(row.digest);
  FASTNESS_RETURN_IF_ERROR(in.finish("key of a stored session"));
  if (kind != 1 && kind != 2) return fail(Errc::corrupted, "stored row of an unknown kind");
  return row;
}

keys::Address address_of(const RowKey& row) {
  const keys::FieldId field = row.kind == RowKey::Kind::session ? keys::FieldId::session_state
                                                                : keys::FieldId::retained_message;
  return {row.organisation, field, keys::RowId(ByteView(row.digest))};
}

}  // namespace

Result<void> SessionStore::load(
    const std::function<void(StoredSession)>& on_session,
    const std::function<void(OrganisationId, StoredRetained)>& on_retained) {
  auto at = store_.scan(store_.family(kFamily), {});
  for (; at.is_valid(); at.next()) {
    FASTNESS_ASSIGN_OR_RETURN(const RowKey row, read_row(at.key()));
    rows_.insert(row);
    auto plain = keys_.open(address_of(row), at.value());
    if (!plain && plain.error().code == Errc::not_found) continue;
    if (!plain) return propagate(std::move(plain));
    if (row.kind == RowKey::Kind::session) {
      FASTNESS_ASSIGN_OR_RETURN(auto session, decode_session(plain.value()));
      on_session(std::move(session));
      continue;
    }
    FASTNESS_ASSIGN_OR_RETURN(auto retained, decode_retained(plain.value()));
    on_retained(row.organisation, std::move(retained));
  }
  return at.status();
}

Result<void> SessionStore::write(const Snapshot& snapshot) {
  const storage::Family family = store_.family(kFamily);
  storage::Batch batch = store_.batch();
  for (const Snapshot::Row& row : snapshot.changed) {
    auto sealed = keys_.seal(address_of(row.key), row.plain);
    // The organisation was erased: its rows go below, since they open no more.
    if (!sealed && sealed.error().code == Errc::not_found) continue;
    if (!sealed) return propagate(std::move(sealed));
    batch.put(family, key_bytes(row.key), sealed.value());
  }
  std::set<RowKey> living(snapshot.living.begin(), snapshot.living.end());
  for (const RowKey& row : rows_) {
    if (!living.contains(row)) batch.erase(family, key_bytes(row));
  }
  FASTNESS_RETURN_IF_ERROR(store_.write(batch, storage::Durability::synced));
  rows_ = std::move(living);
  return {};
}

}  // namespace fastness::gateway
