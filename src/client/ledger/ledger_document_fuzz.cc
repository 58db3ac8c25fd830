// Any file as a proof of the ledger, under a key that everybody knows, so that a fuzzer comes past
// the signature too: what is accepted shows what was signed.
#include <cstdint>
#include <cstdlib>

#include "client/ledger/documents.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  // The key of tests/vectors/ledger_documents.json.
  static const ledger::VerifierKey kKey =
      ledger::VerifierKey::parse(
          "fastness/0b6d2d34-3f5d-4a4e-9d0a-6a5f0c1b2e33/device-certificates+3cc0aef0"
          "+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop")
          .value();
  const std::string_view input = as_text({data, size});
  const auto proven = client::verify_ledger_proof(input, kKey);
  if (proven && proven->entry.index >= proven->checkpoint.size) std::abort();
  if (proven && proven->certificate && proven->certificate->digest() != proven->entry.leaf) {
    std::abort();
  }
  const ledger::Checkpoint older{kKey.name, 3, {}};
  // No ledger has ever had this root.
  if (client::verify_ledger_consistency(input, older, kKey)) std::abort();
  return 0;
}
