#include "json/value.h"

namespace fastness::json {

const Value* Value::find(std::string_view name) const {
  const auto* object = get<Object>();
  if (object == nullptr) return nullptr;
  for (const auto& [key, value] : *object) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace fastness::json
