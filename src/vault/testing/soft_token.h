#pragma once

#include <memory>

#include "vault/testing/test_tokens.h"

namespace fastness::vault::testing {

// SoftHSM2, whose tokens are files.
class SoftTokens final : public TestTokens {
 public:
  SoftTokens();
  ~SoftTokens() override;

  static constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";

  [[nodiscard]] std::unique_ptr<pkcs11::Module> load() const override;
};

}  // namespace fastness::vault::testing
