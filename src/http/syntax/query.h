#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fixed_limits.h"
#include "base/result.h"

namespace fastness::http {

// Undoes percent-encoding (RFC 3986, 2.1). `invalid_argument` for a percent sign without two hex
// digits, and for an encoded NUL, which no parser behind us should meet.
[[nodiscard]] Result<std::string> percent_decode(std::string_view text);

// The name-value pairs of a query or of a form body (application/x-www-form-urlencoded).
class Query {
 public:
  static constexpr std::size_t kMaxPairs = fixed_limit("http.query_pairs");

  // `invalid_argument` for broken percent-encoding, `exhausted` for more than `kMaxPairs`. A pair
  // without `=` has an empty value; empty pairs are skipped.
  [[nodiscard]] static Result<Query> parse(std::string_view text);

  // The first value of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  // Every value of that name, in order: `tags=a&tags=b`.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const;

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& pairs() const {
    return pairs_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace fastness::http
