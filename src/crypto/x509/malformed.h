#pragma once

#include "base/result.h"

namespace fastness::crypto {

// What every parser of this folder answers to what is not of its kind.
inline Unexpected<Error> malformed(const char* why) {
  return fail(Errc::invalid_argument, why);
}

}  // namespace fastness::crypto
