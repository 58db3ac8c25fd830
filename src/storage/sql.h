#pragma once

#include <cstddef>
#include <string_view>

namespace fastness::storage {

// The text of SQL statements, which can only be a literal in the source: an instance is made at
// compile time or not at all, so no run-time text, and with it no injection, can become SQL.
// Immutable.
class Sql {
 public:
  // Implicit: a literal is to be passed as it is.
  template <std::size_t Size>
  consteval Sql(const char (&literal)[Size])  // NOLINT(google-explicit-constructor)
      : text_(literal, Size - 1) {}

  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;  // of a literal, so it outlives everything
};

}  // namespace fastness::storage
