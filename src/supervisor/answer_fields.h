// What an answer of the instance has, for whoever shows it. What is missing, or something else, is
// what nothing looks like; what is decided by is read with json::ObjectReader.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fastness::json {
class Value;
}

namespace fastness::supervisor {

[[nodiscard]] bool flag_in(const json::Value& object, std::string_view name);
[[nodiscard]] std::int64_t integer_in(const json::Value& object, std::string_view name);
// They live as long as `object`.
[[nodiscard]] std::span<const json::Value> elements_in(const json::Value& object,
                                                       std::string_view name);
// "2026-12-01 08:00 UTC" of a time; as it stands if it is none.
[[nodiscard]] std::string minute_in(const json::Value& object, std::string_view name);

}  // namespace fastness::supervisor
