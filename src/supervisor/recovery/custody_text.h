// How the vault's keys are kept, in words. Pure.
#pragma once

#include <string>

namespace fastness::json {
class Value;
}

namespace fastness::supervisor {

// What `host vault status` prints, out of the answer of GET /admin/v1/vault.
[[nodiscard]] std::string custody_as_text(const json::Value& custody);

}  // namespace fastness::supervisor
