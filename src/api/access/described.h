// What api/openapi.yaml says of a request, and whether one is as it says. The table is generated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "api/problem.h"
#include "http/message.h"
#include "http/method.h"

namespace fastness::api {

struct DescribedParameter {
  enum class Kind : std::uint8_t { text, integer, time, one_of };

  std::string_view name;
  Kind kind;
  bool is_required;
  bool may_repeat;
  std::int64_t min;  // of an integer
  std::int64_t max;
  std::span<const std::string_view> values;  // of one_of
};

struct DescribedOperation {
  http::Method method;
  std::string_view pattern;
  std::span<const DescribedParameter> query;
  std::span<const std::string_view> media_types;  // of its body; none: an empty object at most
  std::span<const std::string_view> members;      // of its body, if that is JSON
  std::size_t max_bytes;                          // of its body; 0: what the server takes
  bool takes_any_query = false;  // others write it: what is not listed counts for nothing
};

// Every operation of the file.
[[nodiscard]] std::span<const DescribedOperation> described_operations();

// Null if the file does not have it.
[[nodiscard]] const DescribedOperation* find_described(http::Method method,
                                                       std::string_view pattern);

// Refuses whatever the file does not describe, before any handler sees it: a query parameter that
// is not listed, is there twice, is missing or is of another type; a body of another media type;
// one that is too long or has a member that is not listed. 400, but 413 and 415 where these fit;
// the problem names what is wrong and what is allowed. What members hold is for the generated
// parsers.
[[nodiscard]] Result<void, Problem> check_described(const DescribedOperation& described,
                                                    const http::Request& request);

}  // namespace fastness::api
