// Until when who has to be told of an incident. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "incident/record/incident.h"

namespace fastness::incident {

// One clock of the law. Whether the law binds whoever runs this server it does not know.
struct Deadline {
  StepKind duty;                    // which step ends it
  std::string_view what;            // a few words for a person
  std::string_view law;             // where it is written
  std::optional<Timestamp> due_at;  // nothing while it does not run yet
  std::optional<Timestamp> done_at;
};

// All that there are, the soonest first and those that do not run yet last.
//
// Early warning within 24 hours and notification within 72 hours of becoming aware: Regulation (EU)
// 2024/2847 (CRA), Art. 14(2)(a), (b) and 14(4)(a), (b); Directive (EU) 2022/2555 (NIS 2),
// Art. 23(4)(a), (b). Personal data, 72 hours: Regulation (EU) 2016/679 (GDPR), Art. 33(1). The
// final report: of a hole that is exploited, 14 days after a measure is available (CRA,
// Art. 14(2)(c)); of an incident, a month after the notification (CRA, Art. 14(4)(c); NIS 2,
// Art. 23(4)(d)), which counts as made on its last day until it is.
[[nodiscard]] std::vector<Deadline> deadlines(const Incident& incident);

}  // namespace fastness::incident
