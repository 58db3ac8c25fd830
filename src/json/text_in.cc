#include "json/text_in.h"

namespace fastness::json {

std::string text_in(const Value& object, std::string_view name) {
  const Value* member = object.find(name);
  const auto* text = member != nullptr ? member->get<std::string>() : nullptr;
  return text != nullptr ? *text : "";
}

}  // namespace fastness::json
