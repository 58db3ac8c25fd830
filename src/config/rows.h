// What the rows of the table are made of: one function for each kind of value, which parses it into
// its member and reads it from there.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/setting.h"

namespace fastness::config::rows {

constexpr std::int64_t kKiB = std::int64_t{1} << 10U;
constexpr std::int64_t kMiB = std::int64_t{1} << 20U;
constexpr std::int64_t kGiB = std::int64_t{1} << 30U;
constexpr std::int64_t kDay = std::int64_t{24} * 3'600;

// One word that a choice accepts.
template <typename Enum>
struct Choice {
  std::string_view name;
  Enum value;
};

// The name of a setting and the way to its member, from one spelling, so that they cannot differ.
#define FASTNESS_SETTING(member)       \
#member, [](auto& config) -> auto& { \
    return config.member;              \
  }

// Each of these leaves `member` as it was if the value is none for it; the error is a sentence
// about what is expected.
[[nodiscard]] Unexpected<Error> wrong_value(std::string message);
[[nodiscard]] Result<void> assign_integer(std::int64_t& member, const RawValue& value,
                                          std::int64_t least, std::int64_t most);
[[nodiscard]] Result<void> assign_endpoints(std::vector<Endpoint>& member, const RawValue& value);
// Addresses and networks, but none that has everybody in it.
[[nodiscard]] Result<void> assign_networks(Networks& member, const RawValue& value);
[[nodiscard]] Result<void> assign_origins(std::vector<std::string>& member, const RawValue& value);
[[nodiscard]] Result<void> assign_duration(std::chrono::microseconds& member, const RawValue& value,
                                           std::int64_t most);

template <typename T>
Result<void> assign_same(T& member, const RawValue& value, std::string_view expected) {
  const T* same = std::get_if<T>(&value);
  if (same == nullptr) return wrong_value("expects " + std::string(expected));
  member = *same;
  return {};
}

[[nodiscard]] RawValue to_raw(const std::vector<Endpoint>& endpoints);
[[nodiscard]] RawValue to_raw(const Networks& networks);
[[nodiscard]] RawValue to_raw(const std::vector<std::string>& texts);

// A row that neither parses nor reads yet.
[[nodiscard]] Setting row(std::string_view name, Kind kind, std::string_view help);

template <typename Access>
Setting number(std::string_view name, Access access, Kind kind, std::int64_t least,
               std::int64_t most, std::string_view help) {
  Setting setting = row(name, kind, help);
  setting.least = least;
  setting.most = most;
  setting.set = [access, least, most](Config& config, const RawValue& value) {
    return assign_integer(access(config), value, least, most);
  };
  setting.get = [access](const Config& config) { return RawValue(access(config)); };
  return setting;
}

template <typename Access>
Setting integer(std::string_view name, Access access, std::int64_t least, std::int64_t most,
                std::string_view help) {
  return number(name, access, Kind::integer, least, most, help);
}

template <typename Access>
Setting bytes(std::string_view name, Access access, std::int64_t least, std::int64_t most,
              std::string_view help) {
  return number(name, access, Kind::bytes, least, most, help);
}

template <typename Access>
Setting duration(std::string_view name, Access access, std::chrono::microseconds most,
                 std::string_view help) {
  Setting setting = row(name, Kind::duration, help);
  setting.most = most.count();
  setting.set = [access, most](Config& config, const RawValue& value) {
    return assign_duration(access(config), value, most.count());
  };
  setting.get = [access](const Config& config) { return RawValue(to_text(access(config))); };
  return setting;
}

template <typename T, typename Access>
Setting same(std::string_view name, Access access, Kind kind, std::string_view expected,
             std::string_view help) {
  Setting setting = row(name, kind, help);
  setting.set = [access, expected](Config& config, const RawValue& value) {
    return assign_same<T>(access(config), value, expected);
  };
  setting.get = [access](const Config& config) { return RawValue(access(config)); };
  return setting;
}

template <typename Access>
Setting boolean(std::string_view name, Access access, std::string_view help) {
  return same<bool>(name, access, Kind::boolean, "true or false", help);
}

template <typename Access>
Setting text(std::string_view name, Access access, std::string_view help) {
  return same<std::string>(name, access, Kind::text, "a text", help);
}

template <typename Access>
Setting path(std::string_view name, Access access, std::string_view help) {
  return same<std::string>(name, access, Kind::path, "a path", help);
}

template <typename Access>
Setting texts(std::string_view name, Access access, std::string_view help) {
  return same<std::vector<std::string>>(name, access, Kind::texts, "a list of texts", help);
}

// A list whose elements are more than text.
template <typename List, typename Access>
Setting list(std::string_view name, Access access, Kind kind,
             Result<void> (*assign)(List& member, const RawValue& value), std::string_view help) {
  Setting setting = row(name, kind, help);
  setting.set = [access, assign](Config& config, const RawValue& value) {
    return assign(access(config), value);
  };
  setting.get = [access](const Config& config) { return to_raw(access(config)); };
  return setting;
}

template <typename Access>
Setting origins(std::string_view name, Access access, std::string_view help) {
  return list(name, access, Kind::texts, assign_origins, help);
}

template <typename Access>
Setting networks(std::string_view name, Access access, std::string_view help) {
  return list(name, access, Kind::texts, assign_networks, help);
}

template <typename Access>
Setting endpoints(std::string_view name, Access access, std::string_view help) {
  return list(name, access, Kind::endpoints, assign_endpoints, help);
}

template <typename Enum, std::size_t kCount, typename Access>
Setting choice(std::string_view name, Access access, const Choice<Enum> (&choices)[kCount],
               std::string_view help) {
  Setting setting = row(name, Kind::choice, help);
  for (const Choice<Enum>& each : choices) setting.choices.push_back(each.name);
  setting.set = [access, &choices](Config& config, const RawValue& value) -> Result<void> {
    const auto* wanted = std::get_if<std::string>(&value);
    const auto* found = std::ranges::find_if(
        choices, [&](const auto& each) { return wanted != nullptr && each.name == *wanted; });
    if (found == std::end(choices)) {
      std::string message = "must be one of";
      for (const auto& each : choices) message.append(" ").append(each.name);
      return wrong_value(message);
    }
    access(config) = found->value;
    return {};
  };
  setting.get = [access, &choices](const Config& config) {
    const auto* found = std::ranges::find(choices, access(config), &Choice<Enum>::value);
    return RawValue(std::string(found->name));
  };
  return setting;
}

}  // namespace fastness::config::rows
