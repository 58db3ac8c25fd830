#pragma once

#include <memory>

namespace fastness::crypto {

// Owns what a C library made, by that library's own function to free it.
template <auto Free>
struct HandleFree {
  template <typename T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};
template <typename T, auto Free>
using Handle = std::unique_ptr<T, HandleFree<Free>>;

}  // namespace fastness::crypto
