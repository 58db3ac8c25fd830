#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "base/result.h"
#include "things/model/device.h"

namespace fastness::things {

// A device that is not there, or that another organisation owns.
inline Unexpected<Error> no_device() {
  return fail(Errc::not_found, "no such device");
}

// One field of a change: what it does not name stays as it is.
template <typename T>
void take(std::optional<T>&& change, T& field) {
  if (change) field = *std::move(change);
}

// Whether `tags` has every tag that is wanted, with the wanted value.
inline bool has_tags(const Tags& tags, const Tags& wanted) {
  return std::ranges::all_of(wanted, [&tags](const auto& tag) {
    const auto found = tags.find(tag.first);
    return found != tags.end() && found->second == tag.second;
  });
}

}  // namespace fastness::things
