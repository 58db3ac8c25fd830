#pragma once

#include <memory>

#include "vault/testing/test_tokens.h"

namespace fastness::vault::testing {

// tpm2-pkcs11 over a TPM 2.0 of its own: swtpm, which ends with the object. No two tokens of one
// label. Memory that the module loses is not looked for while there is one.
class TpmTokens final : public TestTokens {
 public:
  TpmTokens();
  ~TpmTokens() override;

  [[nodiscard]] std::unique_ptr<pkcs11::Module> load() const override;

 private:
  struct Tpm;  // the process
  std::unique_ptr<Tpm> tpm_;
};

}  // namespace fastness::vault::testing
