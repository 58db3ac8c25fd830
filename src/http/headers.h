#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fastness::http {

// Header fields in their order. Names compare without case and are kept in lower case.
class Headers {
 public:
  struct Field {
    std::string name;
    std::string value;
  };

  // Replaces every field of that name. A control character in `value` becomes a space, so that no
  // value can start another field.
  void set(std::string_view name, std::string_view value);

  // Adds one more field of that name; as `set` otherwise.
  void add(std::string_view name, std::string_view value);

  void remove(std::string_view name);

  // The value of the first field of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  [[nodiscard]] std::size_t count(std::string_view name) const;

  // Whether one of that name's comma-separated elements is `token`, without case (RFC 9110, 5.6.1).
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;

  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

// ASCII only; leaves other bytes alone.
[[nodiscard]] std::string to_lower(std::string_view text);

// Without case, ASCII only.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// Without the spaces and tabs at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

// Takes the part of `rest` up to `separator` and removes both from it; all of it if there is none.
[[nodiscard]] std::string_view take_until(std::string_view& rest, char separator);

}  // namespace fastness::http
