// Any file as an export of the audit trail, under a key that everybody knows, so that a fuzzer
// comes past the signature too: what is accepted lies within what was signed.
#include <cstdint>
#include <cstdlib>

#include "client/audit/audit_export.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  // The key of tests/vectors/audit_export.json.
  static const ledger::VerifierKey kKey =
      ledger::VerifierKey::parse(
          "fastness/0b6d2d34-3f5d-4a4e-9d0a-6a5f0c1b2e33/audit"
          "+8dbbd8cd+ARl/ayPhbIUyxqvIOPrNXqeJvgx2spIDNAOb+os9No1h")
          .value();
  std::string_view input = as_text({data, size});
  client::AuditExportVerifier verifier(kKey);
  while (!input.empty()) {
    const std::size_t end = input.find('\n');
    if (!verifier.take(input.substr(0, end))) return 0;
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  }
  const auto found = verifier.finish();
  if (found && found->entries > found->checkpoint.size) std::abort();
  if (found && found->unproven + found->erased > found->entries) std::abort();
  return 0;
}
