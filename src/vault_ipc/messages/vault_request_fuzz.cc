// A hub that was taken over may send anything: the table must hold, nothing may crash, and what is
// accepted must be a request's one encoding.

#include <cstdint>
#include <cstdlib>

#include "vault_ipc/server.h"
#include "vault_ipc/testing/refusing_service.h"

namespace {

using namespace fastness;
using namespace fastness::vault_ipc;

template <typename Message>
void decode_and_encode(ByteView input) {
  ByteReader in(input);
  const auto message = Message::decode(in);
  if (!message || !in.finish("the input")) return;
  Bytes again;
  ByteWriter out(again);
  message->encode(out);
  if (!std::equal(again.begin(), again.end(), input.begin(), input.end())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  vault_ipc::testing::RefusingService service;
  Permissions permissions;
  std::string_view violation;
  const auto first = answer_message(service, permissions, input, violation);
  // Only the request for start keys may be answered on a fresh connection.
  if (first && (size != 2 || data[1] != 1)) std::abort();
  static_cast<void>(permissions.admit(Kind::take_start_keys));
  static_cast<void>(answer_message(service, permissions, input, violation));

  decode_and_encode<IssueDeviceCertificate>(input);
  decode_and_encode<IssuedDeviceCertificate>(input);
  decode_and_encode<LedgerPage>(input);
  decode_and_encode<Generations>(input);
  decode_and_encode<IssuedServerCertificate>(input);
  decode_and_encode<StartKeys>(input);
  decode_and_encode<Custody>(input);
  decode_and_encode<ServerAnchors>(input);
  decode_and_encode<PrepareRoots>(input);
  decode_and_encode<AcceptRoots>(input);
  decode_and_encode<SignCertificateStatus>(input);
  decode_and_encode<TakeBackKeyChange>(input);
  decode_and_encode<BackupBegun>(input);
  decode_and_encode<BackupHeadPart>(input);
  decode_and_encode<ReadBackupHead>(input);
  return 0;
}
