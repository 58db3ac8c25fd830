#include "vault/testing/soft_token.h"

#include <cstdlib>
#include <fstream>

namespace fastness::vault::testing {

SoftTokens::SoftTokens() {
  std::filesystem::create_directory(directory() / "tokens");
  std::ofstream(directory() / "softhsm2.conf")
      << "directories.tokendir = " << (directory() / "tokens").string() << "\nlog.level = ERROR\n";
  ::setenv("SOFTHSM2_CONF", (directory() / "softhsm2.conf").c_str(), 1);
}

SoftTokens::~SoftTokens() {
  ::unsetenv("SOFTHSM2_CONF");
}

std::unique_ptr<pkcs11::Module> SoftTokens::load() const {
  return pkcs11::Module::load(kModule).value();
}

}  // namespace fastness::vault::testing
