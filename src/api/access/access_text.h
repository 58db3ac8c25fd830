#pragma once

#include <string>
#include <string_view>

#include "api/access/policy.h"
#include "http/method.h"

namespace fastness::api {

// Who may, as api/openapi.yaml and docs/access.md write it: "anyone", "person", "administrator" or
// another role, "things:read" or another scope, "any key", "devices:enrol or a claim", "device",
// "host"; with ", of things" where a scope of single things is enough, ", proven" where a session
// needs a fresh proof, and ", grave" where two people have to agree once the guard is on.
[[nodiscard]] std::string to_text(const Access& access);

// What api/openapi.yaml says of an operation (`x-access`), for documentation and for whoever reads
// that file; nothing if it does not have it. The policy table decides, and a test says that they
// are one.
[[nodiscard]] std::string_view described_access(http::Method method, std::string_view pattern);

}  // namespace fastness::api
