#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace fastness::device {

// A JSON object as the renewal's messages are: texts without escapes, whole numbers, truths, and
// lists of whole numbers. What is in an object inside it is called `outer.inner`; nothing is
// deeper. Immutable.
class FlatJson {
 public:
  // `invalid_argument` for everything else, for a name that comes twice, and beyond 512 bytes or
  // sixteen members.
  [[nodiscard]] static Result<FlatJson> parse(std::string_view untrusted);

  // Nothing if there is no such member, or it is of another kind.
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const {
    return get<std::string>(name);
  }
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const {
    return get<std::int64_t>(name);
  }
  [[nodiscard]] std::optional<std::vector<std::int64_t>> numbers(std::string_view name) const {
    return get<std::vector<std::int64_t>>(name);
  }

 private:
  using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::int64_t>>;
  class Parser;

  template <typename T>
  [[nodiscard]] std::optional<T> get(std::string_view name) const {
    const auto found = members_.find(name);
    const T* value = found == members_.end() ? nullptr : std::get_if<T>(&found->second);
    return value != nullptr ? std::optional(*value) : std::nullopt;
  }

  std::map<std::string, Value, std::less<>> members_;
};

}  // namespace fastness::device
