#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace fastness::crypto {

// Overwrites `bytes` with zeros in a way the compiler may not optimise out.
void secure_zero(std::span<std::uint8_t> bytes) noexcept;

// Whether `a` and `b` hold the same bytes, in time that depends only on their lengths. The only
// permitted way to compare a token, MAC, password hash or key.
[[nodiscard]] bool constant_time_equal(std::span<const std::uint8_t> a,
                                       std::span<const std::uint8_t> b) noexcept;

// Owns key material or a credential and zeroes it when done. Move-only, because each copy is one
// more place to leak from; fixed-size, because a growing buffer leaves old copies on the heap; and
// without operator== or operator<<, so that it can be neither compared early-out nor logged.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);

  // Takes over the contents of `source` and zeroes it.
  [[nodiscard]] static SecretBytes take(std::span<std::uint8_t> source);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  // The view must not outlive this object. `reveal` is the word to look for in a security review.
  [[nodiscard]] std::span<const std::uint8_t> reveal() const { return {data_.get(), size_}; }
  [[nodiscard]] std::span<std::uint8_t> reveal() { return {data_.get(), size_}; }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
};

}  // namespace fastness::crypto
