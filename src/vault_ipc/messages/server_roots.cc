#include "vault_ipc/messages/server_roots.h"

namespace fastness::vault_ipc {
namespace {

Unexpected<Error> malformed_roots() {
  return fail(Errc::corrupted, "a vault message about roots is malformed");
}

}  // namespace

void ServerAnchors::encode(ByteWriter& out) const {
  out.u32(number);
  out.sized(active);
  out.sized(standby);
  out.u32(static_cast<std::uint32_t>(documents.size()));
  for (const Bytes& document : documents) out.sized(document);
}
Result<ServerAnchors> ServerAnchors::decode(ByteReader& in) {
  ServerAnchors message;
  message.number = in.u32();
  message.active = to_bytes(in.sized());
  message.standby = to_bytes(in.sized());
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    message.documents.push_back(to_bytes(in.sized()));
  }
  if (!in.ok()) return malformed_roots();
  return message;
}

void ReadServerAnchors::encode(ByteWriter& /*out*/) const {}
Result<ReadServerAnchors> ReadServerAnchors::decode(ByteReader& in) {
  if (!in.ok()) return malformed_roots();
  return ReadServerAnchors{};
}

void PrepareRoots::encode(ByteWriter& out) const {
  out.u8(static_cast<std::uint8_t>(purpose));
}
Result<PrepareRoots> PrepareRoots::decode(ByteReader& in) {
  PrepareRoots message;
  message.purpose = static_cast<roots::Purpose>(in.u8());
  const bool is_known = message.purpose == roots::Purpose::renew_issuer ||
                        message.purpose == roots::Purpose::switch_to_standby;
  if (!in.ok() || !is_known) return malformed_roots();
  return message;
}

void AcceptRoots::encode(ByteWriter& out) const {
  out.sized(answer);
}
Result<AcceptRoots> AcceptRoots::decode(ByteReader& in) {
  AcceptRoots message;
  message.answer = in.sized_text();
  if (!in.ok()) return malformed_roots();
  return message;
}

}  // namespace fastness::vault_ipc
