// The newest of the audit trail, and what comes next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "json/value.h"

namespace fastness::client {

// Which entries are wanted: all, but for what is set. A text that ends in `*` is a beginning.
struct AuditFilter {
  std::string actor;
  std::string event;
  std::string result;
  std::optional<Timestamp> since;

  [[nodiscard]] bool takes(const json::Value& entry) const;
};

// Reads the trail from its end. Entries are objects as the API shows them.
class AuditTail {
 public:
  // Gets a target of the API.
  using Fetch = std::function<Result<json::Value>(const std::string& target)>;

  AuditTail(Fetch fetch, AuditFilter filter)
      : fetch_(std::move(fetch)), filter_(std::move(filter)) {}

  // The newest, at most `count`, newest first. From here on `next` counts.
  [[nodiscard]] Result<json::Array> last(std::size_t count);

  // What came since `last` or `next`, oldest first; each entry once, however many there are.
  [[nodiscard]] Result<json::Array> next();

 private:
  [[nodiscard]] Result<json::Array> page(std::optional<std::int64_t> before) const;

  Fetch fetch_;
  AuditFilter filter_;
  std::int64_t seen_ = -1;  // the newest entry that was looked at
};

}  // namespace fastness::client
