#include "vault_ipc/messages/backup.h"

#include "vault_ipc/messages/messages.h"

namespace fastness::vault_ipc {
namespace {

static_assert(BeginBackup::kKind == Kind::begin_backup);
static_assert(ReadBackupHead::kKind == Kind::read_backup_head);

constexpr std::size_t kBackupKey = 32;

Unexpected<Error> no_backup() {
  return fail(Errc::corrupted, "a vault message is malformed");
}

}  // namespace

void BackupBegun::encode(ByteWriter& out) const {
  out.raw(key.reveal());
  out.raw(head);
  out.u64(head_size);
}

Result<BackupBegun> BackupBegun::decode(ByteReader& in) {
  BackupBegun begun;
  begun.key = crypto::SecretBytes(kBackupKey);
  in.copy_to(begun.key.reveal());
  in.copy_to(begun.head);
  begun.head_size = in.u64();
  if (!in.ok()) return no_backup();
  return begun;
}

void BeginBackup::encode(ByteWriter& /*out*/) const {}
Result<BeginBackup> BeginBackup::decode(ByteReader& /*in*/) {
  return BeginBackup{};
}

void BackupHeadPart::encode(ByteWriter& out) const {
  out.sized(ByteView(bytes));
}

Result<BackupHeadPart> BackupHeadPart::decode(ByteReader& in) {
  BackupHeadPart part{to_bytes(in.sized())};
  if (!in.ok() || part.bytes.empty() || part.bytes.size() > ReadBackupHead::kMost) {
    return no_backup();
  }
  return part;
}

void ReadBackupHead::encode(ByteWriter& out) const {
  out.u64(offset);
}

Result<ReadBackupHead> ReadBackupHead::decode(ByteReader& in) {
  ReadBackupHead request{in.u64()};
  if (!in.ok()) return no_backup();
  return request;
}

}  // namespace fastness::vault_ipc
