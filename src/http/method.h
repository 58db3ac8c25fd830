#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fastness::http {

// The methods we answer; others, TRACE and CONNECT among them, are refused with 501.
enum class Method : std::uint8_t {
  get,
  head,
  post,
  put,
  patch,
  delete_,  // NOLINT(readability-identifier-naming): `delete` is taken
  options,
};

// Case-sensitive (RFC 9110, 9.1).
[[nodiscard]] std::optional<Method> parse_method(std::string_view text);
[[nodiscard]] std::string_view to_text(Method method);

// Whether a request with this method changes nothing (RFC 9110, 9.2.1), so that a foreign page may
// cause it.
[[nodiscard]] constexpr bool is_safe(Method method) {
  return method == Method::get || method == Method::head || method == Method::options;
}

}  // namespace fastness::http
