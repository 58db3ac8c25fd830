// Arbitrary bytes as a root set: as they are, and as a statement that both roots signed, so that
// what stands behind the signatures is reached too. What is accepted is newer, and has one
// spelling. And as the files of the ceremony.
#include <cstdint>
#include <cstdlib>

#include "crypto/public_key/pem.h"
#include "roots/ceremony.h"
#include "roots/testing/test_root.h"

namespace {

using namespace fastness;
using roots::testing::TestRoot;

constexpr Timestamp kFuzzNow{std::chrono::sys_days(std::chrono::year(2027) / 3 / 1)};

void offer(const roots::RootSet& current, ByteView document) {
  const auto accepted = roots::accept(current, document, kFuzzNow);
  if (accepted && accepted->number != current.number + 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TestRoot kActive = TestRoot::make(kFuzzNow);
  static const TestRoot kStandby = TestRoot::make(kFuzzNow);
  static const roots::RootSet kCurrent = roots::testing::set_of(1, kActive, kStandby);
  const ByteView input(data, size);
  offer(kCurrent, input);
  offer(kCurrent,
        roots::root_set_document(input, kActive.key.sign(input), kStandby.key.sign(input)));
  const auto caught_up = roots::catch_up(kCurrent, std::vector<Bytes>{to_bytes(input)}, kFuzzNow);
  if (caught_up && *caught_up != kCurrent) std::abort();

  static_cast<void>(roots::RootSet::parse_text(as_text(input)));
  static_cast<void>(roots::RootRequest::parse_pem(as_text(input)));
  static_cast<void>(roots::RootRequest::parse_pem(crypto::to_pem("FASTNESS ROOT REQUEST", input)));
  const auto answer = roots::RootAnswer::parse_pem(crypto::to_pem("FASTNESS SIGNED ROOT", input));
  if (answer && answer->to_pem() != crypto::to_pem("FASTNESS SIGNED ROOT", input)) std::abort();
  return 0;
}
