#include "json/value_json.h"

#include <optional>
#include <utility>

namespace fastness::json {
namespace {

std::optional<Scalar> to_scalar(const Value& document) {
  if (const auto* boolean = document.get<bool>()) return Scalar(*boolean);
  if (const auto* integer = document.get<std::int64_t>()) return Scalar(*integer);
  if (const auto* number = document.get<double>()) return Scalar(*number);
  if (const auto* text = document.get<std::string>()) return Scalar(*text);
  return std::nullopt;
}

}  // namespace

FieldResult<fastness::Value> to_value(const Value& document, std::string path) {
  if (const auto scalar = to_scalar(document)) {
    return std::visit([](const auto& part) { return fastness::Value(part); }, *scalar);
  }
  const auto* object = document.get<Object>();
  if (object == nullptr) {
    return bad_field(std::move(path),
                     "must be true, false, a number, a string, or an object of these");
  }
  Composite attributes;
  for (const auto& [name, member] : *object) {
    auto scalar = to_scalar(member);
    if (!scalar) return bad_field(path + "." + name, "must be true, false, a number or a string");
    attributes.push_back({name, std::move(*scalar)});
  }
  auto value = fastness::Value::composite(std::move(attributes));
  if (!value) return bad_field(std::move(path), "must have 1 to 32 members");
  return std::move(value).value();
}

}  // namespace fastness::json
