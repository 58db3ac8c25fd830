// The C interface of a module, for this folder alone.
#pragma once

#include <string>

#include <p11-kit/pkcs11.h>

#include "base/result.h"
#include "vault/store/pkcs11/token.h"

namespace fastness::vault::pkcs11 {

class Module::Functions {
 public:
  explicit Functions(const CK_FUNCTION_LIST& list) : list_(list) {}
  const CK_FUNCTION_LIST* operator->() const { return &list_; }

 private:
  const CK_FUNCTION_LIST& list_;
};

// Why a call failed, in words, and what to do where a person can do something.
[[nodiscard]] Unexpected<Error> failed(const char* doing, CK_RV code);

}  // namespace fastness::vault::pkcs11
