#include "vault_ipc/messages/certificate_status.h"

namespace fastness::vault_ipc {
namespace {

using Asked = SignCertificateStatus::Asked;
using Issued = SignCertificateStatus::Issued;
using StatusRevocation = SignCertificateStatus::Revocation;

Unexpected<Error> malformed_status() {
  return fail(Errc::corrupted, "a vault message about a certificate's status is malformed");
}

bool is_status_reason(crypto::RevocationReason reason) {
  return reason == crypto::RevocationReason::unspecified ||
         reason == crypto::RevocationReason::certificate_hold;
}

bool is_hash(crypto::IssuerHash hash) {
  return hash == crypto::IssuerHash::sha1 || hash == crypto::IssuerHash::sha256;
}

// What is known of one certificate. The numbers go over the wire.
enum class Knowledge : std::uint8_t { none = 0, issued = 1, revoked = 2 };

Knowledge knowledge_of(const Asked& asked) {
  if (!asked.issued) return Knowledge::none;
  return asked.issued->revocation ? Knowledge::revoked : Knowledge::issued;
}

void put_asked(ByteWriter& out, const Asked& asked) {
  out.sized(asked.serial);
  const Knowledge knowledge = knowledge_of(asked);
  out.u8(static_cast<std::uint8_t>(knowledge));
  if (knowledge == Knowledge::none) return;
  out.u64(asked.issued->ledger_index);
  out.sized(asked.issued->certificate);
  if (knowledge == Knowledge::issued) return;
  out.i64(asked.issued->revocation->at.time_since_epoch().count());
  out.u8(static_cast<std::uint8_t>(asked.issued->revocation->reason));
}

Result<Asked> get_asked(ByteReader& in) {
  Asked asked;
  asked.serial = to_bytes(in.sized());
  const auto knowledge = static_cast<Knowledge>(in.u8());
  if (!in.ok() || knowledge > Knowledge::revoked) return malformed_status();
  if (knowledge == Knowledge::none) return asked;
  Issued issued;
  issued.ledger_index = in.u64();
  issued.certificate = to_bytes(in.sized());
  if (knowledge == Knowledge::revoked) {
    StatusRevocation revocation;
    revocation.at = Timestamp(std::chrono::microseconds(in.i64()));
    revocation.reason = static_cast<crypto::RevocationReason>(in.u8());
    if (!is_status_reason(revocation.reason)) return malformed_status();
    issued.revocation = revocation;
  }
  if (!in.ok()) return malformed_status();
  asked.issued = std::move(issued);
  return asked;
}

}  // namespace

void SignedStatus::encode(ByteWriter& out) const {
  out.sized(answer);
}
Result<SignedStatus> SignedStatus::decode(ByteReader& in) {
  SignedStatus message;
  message.answer = to_bytes(in.sized());
  if (!in.ok()) return malformed_status();
  return message;
}

void SignCertificateStatus::encode(ByteWriter& out) const {
  out.u32(generation.value());
  out.u8(static_cast<std::uint8_t>(named_by));
  out.u8(static_cast<std::uint8_t>(asked.size()));
  for (const Asked& each : asked) put_asked(out, each);
  out.sized(nonce);
}
Result<SignCertificateStatus> SignCertificateStatus::decode(ByteReader& in) {
  SignCertificateStatus message;
  message.generation = GenerationId(in.u32());
  message.named_by = static_cast<crypto::IssuerHash>(in.u8());
  const std::uint8_t count = in.u8();
  if (!in.ok() || !is_hash(message.named_by)) return malformed_status();
  if (count == 0 || count > crypto::StatusRequest::kMaxAsked) return malformed_status();
  for (std::uint8_t i = 0; i < count; ++i) {
    FASTNESS_ASSIGN_OR_RETURN(Asked each, get_asked(in));
    message.asked.push_back(std::move(each));
  }
  message.nonce = to_bytes(in.sized());
  if (!in.ok() || message.nonce.size() > crypto::StatusRequest::kLongestNonce) {
    return malformed_status();
  }
  return message;
}

}  // namespace fastness::vault_ipc
