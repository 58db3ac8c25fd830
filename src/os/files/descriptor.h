#pragma once

#include <string_view>
#include <utility>

#include "base/result.h"

namespace fastness::os {

// Owns a file descriptor and closes it. Move-only. Every descriptor this component makes is
// close-on-exec; a child gets one only by being handed it (see spawn).
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}

  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  // -1 when empty. Stays owned by this object.
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

  // Gives the number away; the caller closes it.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

  void close() noexcept;

  // Another descriptor for the same open file.
  [[nodiscard]] Result<Descriptor> duplicate() const;

 private:
  int number_ = -1;
};

// "open /x: Permission denied" for the errno at hand, with the Errc a caller can act on.
[[nodiscard]] Unexpected<Error> fail_with_errno(std::string_view what);

}  // namespace fastness::os
