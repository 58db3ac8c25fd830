#include "vault/audit_head.h"

namespace fastness::vault {
namespace {

constexpr char kAuditHeadFile[] = "audit-head";

}  // namespace

Result<AuditHead> read_audit_head(const SealedFiles& records) {
  const auto stored = records.read(kAuditHeadFile);
  if (!stored && stored.error().code == Errc::not_found) return AuditHead{};
  if (!stored) return Unexpected<Error>{stored.error()};
  ByteReader in(stored->reveal());
  AuditHead head;
  head.size = in.u64();
  in.copy_to(head.root);
  FASTNESS_RETURN_IF_ERROR(in.finish("the audit log's head"));
  return head;
}

Result<void> write_audit_head(const SealedFiles& records, const AuditHead& head) {
  Bytes encoded;
  ByteWriter out(encoded);
  out.u64(head.size);
  out.raw(head.root);
  return records.write(kAuditHeadFile, encoded);
}

}  // namespace fastness::vault
