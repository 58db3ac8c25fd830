// Drafts of what is told of an incident, out of its record. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace fastness::json {
class Value;
}

namespace fastness::supervisor {

enum class Reader { authority, everybody };

// Markdown, out of the answer of GET /admin/v1/incidents: of the incident that is open, else of the
// last one. What only a person can say stands there as a blank, "[WRITE: …]". `not_found` if there
// never was an incident.
[[nodiscard]] Result<std::string> report_draft(const json::Value& list, Reader reader,
                                               Timestamp now);

}  // namespace fastness::supervisor
