// From the names on a topic to the things of the speaker's organisation.
#pragma once

#include <memory>
#include <string_view>

#include "dialects/action.h"
#include "dialects/topic.h"
#include "things/model/snapshot.h"

namespace fastness::dialects {

// Whether `id` is the speaker's own device, in its one spelling (lower case).
[[nodiscard]] bool is_self(const Speaker& speaker, std::string_view id);

// The thing that a topic names: by id, on plain topics also by name. Null if there is none in the
// speaker's organisation, or two of that name.
[[nodiscard]] std::shared_ptr<const things::ThingView> thing_of(
    const things::ThingsSnapshot& snapshot, const Speaker& speaker, const Topic& topic);

// The same, but null unless the speaker is the device that the thing is attached to.
[[nodiscard]] std::shared_ptr<const things::ThingView> own_thing(
    const things::ThingsSnapshot& snapshot, const Speaker& speaker, const Topic& topic);

}  // namespace fastness::dialects
