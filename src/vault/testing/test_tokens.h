#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "crypto/secret/secret_bytes.h"
#include "vault/store/pkcs11/token.h"

namespace fastness::vault::testing {

// A PKCS#11 module with tokens to make, in an empty directory of its own. One at a time in a
// process, since modules take their settings from the environment.
class TestTokens {
 public:
  TestTokens();
  virtual ~TestTokens();
  TestTokens(const TestTokens&) = delete;
  TestTokens& operator=(const TestTokens&) = delete;

  // Makes a token with a user PIN, in a free slot.
  void make(const std::string& label, const std::string& pin);

  // Loads the module, as a vault's start does.
  [[nodiscard]] virtual std::unique_ptr<pkcs11::Module> load() const = 0;

  [[nodiscard]] static crypto::SecretBytes secret(const std::string& text);

 protected:
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
};

}  // namespace fastness::vault::testing
