#include "ledger/audit_leaf.h"

#include <array>

#include "crypto/merkle.h"

namespace fastness::ledger {
namespace {

constexpr std::string_view kCommitment = "fastness audit entry v2\n";
// What stands first where an entry without a commitment has the highest byte of its index, which is
// 0 in any trail that fits a disk: no leaf can be read as one of the other kind.
constexpr std::uint8_t kWithCommitment = 2;

template <typename Content>
auto audit_texts_of(Content& content) {
  return std::array{&content.actor,  &content.action,  &content.object, &content.address,
                    &content.result, &content.request, &content.session};
}

}  // namespace

Bytes AuditContent::encode() const {
  Bytes bytes;
  ByteWriter out(bytes);
  for (const std::string* text : audit_texts_of(*this)) out.sized(*text);
  out.u64(count);
  return bytes;
}

Result<AuditContent> AuditContent::decode(ByteView bytes) {
  AuditContent content;
  ByteReader in(bytes);
  for (std::string* text : audit_texts_of(content)) *text = in.sized_text();
  content.count = in.u64();
  FASTNESS_RETURN_IF_ERROR(in.finish("an audit entry"));
  return content;
}

crypto::Digest commit_audit(const AuditSalt& salt, ByteView encoded_content) {
  Bytes text;
  ByteWriter out(text);
  out.raw(as_bytes(kCommitment));
  out.raw(salt);
  out.raw(encoded_content);
  return crypto::sha256(text);
}

crypto::Digest AuditLeaf::merkle_leaf() const {
  Bytes text;
  ByteWriter out(text);
  out.u8(kWithCommitment);
  out.u64(index);
  out.i64(time.time_since_epoch().count());
  out.raw(organisation.value().bytes());
  out.raw(commitment);
  out.raw(sealed);
  return crypto::merkle_leaf(text);
}

crypto::Digest plain_audit_leaf(std::uint64_t index, Timestamp time, OrganisationId organisation,
                                ByteView sealed) {
  Bytes text;
  ByteWriter out(text);
  out.u64(index);
  out.i64(time.time_since_epoch().count());
  out.raw(organisation.value().bytes());
  out.raw(sealed);
  return crypto::merkle_leaf(text);
}

}  // namespace fastness::ledger
