// How much of an organisation's data callers are given.
#pragma once

#include <cstdint>
#include <functional>

#include "api/parts.h"
#include "http/message.h"

namespace fastness::api {

// Has `count` hear how many bytes an answer gives away: of its body now, and of one that comes in
// parts as each is taken, on whatever thread that is. Nothing of an answer without a body.
void meter(http::Response& response, const std::function<void(std::uint64_t bytes)>& count);

// From now on, whoever reads far more than they usually do is in the trail of the organisation
// whose data it is. `parts` must outlive the accounts' alarms.
void record_read_alarms(Parts& parts);

}  // namespace fastness::api
