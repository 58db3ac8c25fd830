// Whatever a device says is taken apart or refused; what was taken is within its limits, and no
// bytes that nobody signed are ever a request.
#include <cstdlib>

#include "renewals/dialogue.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  using namespace fastness::renewals;
  const ByteView untrusted(data, size);
  if (const auto piece = parse_request_piece(untrusted)) {
    const bool is_whole = piece->index < piece->count && piece->count <= kMaxPieces &&
                          !piece->data.empty() && piece->data.size() <= kPieceBytes &&
                          piece->signature.empty() == (piece->index + 1 != piece->count);
    if (!is_whole) std::abort();
  }
  (void)parse_stored(untrusted);
  (void)parse_refused(untrusted);
  // The nonce of the seeds is all zeroes, so that what follows it is reached.
  Dialogue dialogue(DeviceId(Uuid(Uuid::Bytes{})));
  (void)dialogue.make_offer({});
  const auto heard = dialogue.hear_request(untrusted);
  if (heard && *heard) std::abort();
  (void)dialogue.hear_stored(untrusted);
  (void)dialogue.hear_refused(untrusted);
  return 0;
}
