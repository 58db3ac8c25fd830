// Arbitrary bytes as a record of the journal, a stored session and a stored retained message: what
// decodes must survive being written and read again.
#include <cstdint>
#include <cstdlib>

#include "gateway/hosting/records.h"
#include "gateway/store/snapshot.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  const ByteView input(data, size);
  if (const auto record = gateway::records::decode(input)) {
    const Bytes once = gateway::records::encode(*record);
    const auto again = gateway::records::decode(once);
    if (!again || gateway::records::encode(*again) != once) std::abort();
  }
  if (const auto session = gateway::decode_session(input)) {
    const Bytes once = gateway::encode(*session);
    const auto again = gateway::decode_session(once);
    if (!again || gateway::encode(*again) != once) std::abort();
  }
  if (const auto retained = gateway::decode_retained(input)) {
    const Bytes once = gateway::encode(retained->message, retained->owner);
    const auto again = gateway::decode_retained(once);
    if (!again || gateway::encode(again->message, again->owner) != once) std::abort();
  }
  return 0;
}
