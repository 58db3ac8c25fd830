// How whoever trusts two roots of a server follows it to others.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "roots/root_set.h"

namespace fastness::json {
class Value;
}

namespace fastness::client {

// The documents in an answer to GET /api/v1/ca/root-set. `corrupted` if it is none.
[[nodiscard]] Result<std::vector<Bytes>> parse_root_documents(std::string_view untrusted_answer);

[[nodiscard]] Result<std::vector<Bytes>> read_root_documents(const json::Value& untrusted_answer);

// Has the device in a folder trust the newest set that the documents lead to, durably; returns it,
// or nothing if it is the one that is trusted already. Errors as roots::catch_up; then, and after a
// power cut, the folder's set is a whole one, and never an older one.
[[nodiscard]] Result<std::optional<roots::RootSet>> follow_roots(
    const std::filesystem::path& folder, const std::vector<Bytes>& untrusted_documents,
    Timestamp now);

}  // namespace fastness::client
