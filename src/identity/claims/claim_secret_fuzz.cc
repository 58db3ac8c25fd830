// Arbitrary text as a claim code: what is read has one spelling, which is read as the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "identity/claims/claim.h"
#include "identity/claims/claim_secret.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  const std::string_view input = as_text({data, size});
  if (const auto secret = identity::ClaimSecret::parse(input)) {
    const crypto::SecretBytes text = secret->to_text();
    const auto again = identity::ClaimSecret::parse(as_text(text.reveal()));
    if (!again || !std::ranges::equal(again->reveal(), secret->reveal())) std::abort();
    if (!std::ranges::equal(again->to_text().reveal(), text.reveal())) std::abort();
  }
  if (const auto id = identity::HardwareId::parse(input)) {
    const auto again = identity::HardwareId::parse(id->text());
    if (!again || again->text() != id->text()) std::abort();
  }
  return 0;
}
