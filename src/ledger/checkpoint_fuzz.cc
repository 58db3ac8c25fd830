// Arbitrary text as a checkpoint: as it is, and signed by the log's own key, so that what stands
// before the signature is reached too. What is accepted has one spelling. And as a verifier key.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "ledger/checkpoint.h"

namespace {

using namespace fastness;

crypto::Ed25519Key fixed_key() {
  return crypto::Ed25519Key::from_seed(crypto::SecretBytes(crypto::Ed25519Key::kSeedSize)).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::Ed25519Key kKey = fixed_key();
  static const ledger::VerifierKey kVerifier{"log", kKey.public_key()};
  const std::string_view input = as_text({data, size});
  static_cast<void>(ledger::verify_checkpoint(input, kVerifier));

  const std::string note = ledger::sign_note(input, kVerifier.name, kKey);
  const auto checkpoint = ledger::verify_checkpoint(note, kVerifier);
  if (checkpoint && ledger::sign_checkpoint(*checkpoint, kKey) != note) std::abort();

  const auto key = ledger::VerifierKey::parse(input);
  if (key && key->to_text() != input) std::abort();
  return 0;
}
