#include "vault/recovery/backup_head.h"

#include <algorithm>

#include "crypto/aead.h"

namespace fastness::vault {
namespace {

// A backup: this text; the size of what says whose it is, and that; the size of the sealed history,
// and that; then the stream of files.
// The first version does not say of which environment it is; it is read, and not written.
constexpr std::string_view kBackupMagic = "fastness backup2";
constexpr std::string_view kFirstBackupMagic = "fastness backup1";
constexpr std::string_view kFilePurpose = "fastness backup file v1";
constexpr std::string_view kHistoryPurpose = "fastness backup history v1";
constexpr std::size_t kBackupKeySize = 32;
constexpr std::size_t kFirstOwnerSize = 16 + 4 + 16 + 8;
constexpr std::size_t kOwnerSize = kFirstOwnerSize + 1;
constexpr std::size_t kReadPiece = std::size_t{1} << 20U;
constexpr std::size_t kMaxHistory = std::size_t{512} << 20U;

Unexpected<Error> damaged() {
  return fail(Errc::invalid_argument, "the backup is damaged");
}

Result<std::uint32_t> read_size(const ReadExactly& read, Bytes& so_far) {
  std::array<std::uint8_t, 4> encoded{};
  FASTNESS_RETURN_IF_ERROR(read(encoded));
  so_far.insert(so_far.end(), encoded.begin(), encoded.end());
  ByteReader in(encoded);
  return in.u32();
}

Result<BackupTicket> ticket_for(const EpochRing& ring, const BackupHead& head) {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes epoch, ring.key_of(head.month));
  return BackupTicket{crypto::hkdf_sha256(epoch, head.salt, kFilePurpose, kBackupKeySize),
                      crypto::sha256(head.to_bytes())};
}

// Whose it is, from the file's beginning on.
Result<BackupHead> read_owner(const ReadExactly& read) {
  BackupHead head;
  head.before_history.resize(kBackupMagic.size());
  const auto begun = read(head.before_history);
  const bool is_first = begun && as_text(head.before_history) == kFirstBackupMagic;
  if (!begun || (!is_first && as_text(head.before_history) != kBackupMagic)) {
    return fail(Errc::invalid_argument, "the file is no backup of this version");
  }
  FASTNESS_ASSIGN_OR_RETURN(const std::uint32_t size, read_size(read, head.before_history));
  if (size != (is_first ? kFirstOwnerSize : kOwnerSize)) return damaged();
  Bytes owner(size);
  FASTNESS_RETURN_IF_ERROR(read(owner));
  head.before_history.insert(head.before_history.end(), owner.begin(), owner.end());
  ByteReader in(owner);
  Uuid::Bytes instance{};
  in.copy_to(instance);
  head.instance = Uuid(instance);
  head.month = in.u32();
  in.copy_to(head.salt);
  head.created_at = Timestamp(std::chrono::microseconds(in.i64()));
  if (is_first) return head;
  const auto environment = environment_of(in.u8());
  if (!environment) return damaged();
  head.environment = *environment;
  return head;
}

}  // namespace

Bytes BackupHead::to_bytes() const {
  Bytes encoded = before_history;
  ByteWriter(encoded).sized(ByteView(sealed_history));
  return encoded;
}

Result<BegunBackup> begin_backup(const EpochRing& ring, const Uuid& instance,
                                 Environment environment, const PublicHistory& history,
                                 Timestamp now, Random& random) {
  BackupHead head;
  head.instance = instance;
  head.environment = environment;
  head.month = month_of(now);
  head.created_at = now;
  random.fill(head.salt);
  const auto epoch = ring.key_of(head.month);
  if (!epoch) return fail(Errc::unavailable, "the clock is behind the month that backups begin in");
  ByteWriter out(head.before_history);
  out.raw(as_bytes(kBackupMagic));
  out.u32(kOwnerSize);
  out.raw(instance.bytes());
  out.u32(head.month);
  out.raw(head.salt);
  out.i64(now.time_since_epoch().count());
  out.u8(static_cast<std::uint8_t>(environment));
  Bytes encoded;
  ByteWriter history_out(encoded);
  history.encode(history_out);
  head.sealed_history = crypto::seal_with_random_nonce(
      crypto::hkdf_sha256(*epoch, head.salt, kHistoryPurpose, kBackupKeySize), head.before_history,
      encoded, random);
  FASTNESS_ASSIGN_OR_RETURN(BackupTicket ticket, ticket_for(ring, head));
  return BegunBackup{head.to_bytes(), std::move(ticket)};
}

Result<BackupHead> read_backup_head(const ReadExactly& read) {
  FASTNESS_ASSIGN_OR_RETURN(BackupHead head, read_owner(read));
  Bytes size_bytes;
  FASTNESS_ASSIGN_OR_RETURN(const std::uint32_t history_size, read_size(read, size_bytes));
  if (history_size > kMaxHistory) return damaged();
  // In pieces: a size that is a lie must not take memory that no bytes fill.
  while (head.sealed_history.size() < history_size) {
    const std::size_t begin = head.sealed_history.size();
    head.sealed_history.resize(std::min<std::size_t>(begin + kReadPiece, history_size));
    FASTNESS_RETURN_IF_ERROR(read(std::span(head.sealed_history).subspan(begin)));
  }
  return head;
}

Result<OpenedBackup> open_backup(const EpochRing& ring, const BackupHead& head) {
  const auto epoch = ring.key_of(head.month);
  if (!epoch && epoch.error().code == Errc::not_found) {
    return fail(Errc::not_found,
                "no key for backups of " + to_text(head.month) +
                    " is left here: it was forgotten at the end of their time, or was never here; "
                    "these are of " +
                    to_text(ring.first()) + " and later");
  }
  if (!epoch) return Unexpected<Error>{epoch.error()};
  const auto plain = crypto::open_with_nonce(
      crypto::hkdf_sha256(*epoch, head.salt, kHistoryPurpose, kBackupKeySize), head.before_history,
      head.sealed_history);
  if (!plain) {
    return fail(Errc::corrupted, "the backup was changed, or is not of this instance");
  }
  ByteReader in(plain->reveal());
  FASTNESS_ASSIGN_OR_RETURN(PublicHistory history, PublicHistory::decode(in));
  FASTNESS_RETURN_IF_ERROR(in.finish("the backup's history"));
  FASTNESS_ASSIGN_OR_RETURN(BackupTicket ticket, ticket_for(ring, head));
  return OpenedBackup{std::move(history), std::move(ticket)};
}

}  // namespace fastness::vault
