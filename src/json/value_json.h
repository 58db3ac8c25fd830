// What a property holds, out of JSON. Writer writes it.
#pragma once

#include "base/value.h"
#include "json/object_reader.h"

namespace fastness::json {

// A boolean, number or string, or an object of these. Fails for null, lists, deeper objects and
// what Value::composite refuses; `path` names the field in the error.
[[nodiscard]] FieldResult<fastness::Value> to_value(const Value& document, std::string path = {});

}  // namespace fastness::json
