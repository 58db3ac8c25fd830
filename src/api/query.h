// What routes read from the query of a request. Bad values are 400 and name their field.
#pragma once

#include <cstdint>
#include <string_view>

#include "api/access/policy.h"
#include "things/model/device.h"

namespace fastness::api {

struct QueryRange {
  std::int64_t min;
  std::int64_t max;
  std::int64_t fallback;  // if it is not there
};
[[nodiscard]] Result<std::int64_t, Problem> query_integer(const Call& call, std::string_view name,
                                                          QueryRange range);

// A time (RFC 3339), or `fallback`.
[[nodiscard]] Result<Timestamp, Problem> query_time(const Call& call, std::string_view name,
                                                    Timestamp fallback);

// `name=key:value`, repeated: all must hold.
[[nodiscard]] Result<things::Tags, Problem> query_tags(const Call& call, std::string_view name);

}  // namespace fastness::api
