#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace fastness::config {

// A value as TOML has it, before anybody checked what it should be.
using RawValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

// What a setting accepts. Also how text from the environment or a flag is read.
enum class Kind { boolean, integer, bytes, duration, text, path, choice, texts, endpoints };

// One key of the configuration: the row that parsing, printing and the documentation all read.
struct Setting {
  std::string_view name;  // "section.key"
  Kind kind;
  std::int64_t least;  // for numbers; durations in microseconds
  std::int64_t most;
  std::vector<std::string_view> choices;
  std::string_view help;

  // `invalid_argument`, with a sentence about what is expected; leaves `config` as it was.
  std::function<Result<void>(Config& config, const RawValue& value)> set;
  std::function<RawValue(const Config& config)> get;
};

// Adds the rows of the section limits, which limit_settings.cc has.
void add_limits(std::vector<Setting>& table);

// Every setting, in the order of the file.
[[nodiscard]] std::span<const Setting> settings();

// Null if there is none of this name.
[[nodiscard]] const Setting* find_setting(std::string_view name);

// The setting whose name is nearest to `name`; for "did you mean".
[[nodiscard]] const Setting& nearest_setting(std::string_view name);

// What `type` accepts, in words: "whole number from 1 to 64".
[[nodiscard]] std::string describe_type(const Setting& setting);

// Reads `text` as this setting's kind: lists are separated by commas, byte counts may end in KiB,
// MiB or GiB. `invalid_argument` says what was expected.
[[nodiscard]] Result<RawValue> parse_text(const Setting& setting, std::string_view text);

// `2ms`, `500us`, `1s`, or `0`. `invalid_argument` for anything else.
[[nodiscard]] Result<std::chrono::microseconds> parse_duration(std::string_view text);

// As TOML writes it.
[[nodiscard]] std::string to_toml(const RawValue& value);

}  // namespace fastness::config
