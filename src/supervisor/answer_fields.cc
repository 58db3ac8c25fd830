#include "supervisor/answer_fields.h"

#include "base/minute_text.h"
#include "json/text_in.h"
#include "json/time_text.h"
#include "json/value.h"

namespace fastness::supervisor {
namespace {

template <typename T>
const T* member(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  return value != nullptr ? value->get<T>() : nullptr;
}

}  // namespace

bool flag_in(const json::Value& object, std::string_view name) {
  const auto* flag = member<bool>(object, name);
  return flag != nullptr && *flag;
}

std::int64_t integer_in(const json::Value& object, std::string_view name) {
  const auto* number = member<std::int64_t>(object, name);
  return number != nullptr ? *number : 0;
}

std::span<const json::Value> elements_in(const json::Value& object, std::string_view name) {
  const auto* list = member<json::Array>(object, name);
  return list != nullptr ? std::span<const json::Value>(*list) : std::span<const json::Value>();
}

std::string minute_in(const json::Value& object, std::string_view name) {
  const std::string text = text_in(object, name);
  const auto time = json::parse_time(text);
  return time ? minute_text(*time) : text;
}

}  // namespace fastness::supervisor
