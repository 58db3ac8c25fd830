// The rules of names, which the REST API of Arduino has set and clients rely on.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "things/model/device.h"
#include "things/model/thing.h"

namespace fastness::things {

// Each fails with `invalid_argument` and a message that begins with the field's name. An absent
// optional field is fine.
[[nodiscard]] Result<void> check(const DeviceDraft& draft);
[[nodiscard]] Result<void> check(const ThingDraft& draft);
[[nodiscard]] Result<void> check(const PropertyDraft& draft);
[[nodiscard]] Result<void> check_tag(std::string_view key, std::string_view value);

// `Soil moisture 2` becomes `soilMoisture2`. Never empty; always a legal variable name.
[[nodiscard]] std::string variable_name_of(std::string_view name);

// The longest prefix of `text` of at most `max` bytes that ends between characters.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t max);

}  // namespace fastness::things
