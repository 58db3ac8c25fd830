#pragma once

#include <functional>
#include <memory>

#include "api/generated/requests.h"
#include "api/incident/affected.h"
#include "api/parts.h"
#include "api/problem.h"

namespace fastness::audit {
class AccessTally;
}

namespace fastness::api {

// A request's words as what is looked for. 404 if it names somebody who is not there.
[[nodiscard]] Result<AffectedQuestion, Problem> question_of(const Parts& parts,
                                                            const v1::AffectedRequest& request);

// Reads the trails, a piece at a time, and notes it with the incident that is open; each trail that
// is read says so first. `done` is called once, on the control thread, maybe at once.
using Searched = std::function<void(Result<std::shared_ptr<const AffectedSearch>>)>;
void search_trails(const Parts& parts, audit::AccessTally& accesses, AffectedQuestion question,
                   const Searched& done);

}  // namespace fastness::api
