#pragma once

#include <span>
#include <string>
#include <string_view>

#include "json/value.h"

namespace fastness::client {

enum class OutputFormat { table, json, yaml, csv };

// A column of a table: a heading, and where its value is in each object ("identity.state").
struct Column {
  std::string_view heading;
  std::string_view path;
};

// Shows one object or a list of them. JSON and YAML show everything; table and CSV the columns. A
// single object as a table is one line a column. Control characters in texts never reach a
// terminal: names come from other people.
[[nodiscard]] std::string render(const json::Value& value, std::span<const Column> columns,
                                 OutputFormat format);

// One CSV field (RFC 4180), quoted if it must be, and never a formula to a spreadsheet.
[[nodiscard]] std::string csv_field(std::string_view text);

// A value in one line: `21.5`, `true`, `hue=36 sat=80`.
[[nodiscard]] std::string one_line(const json::Value& value);

// The value at `path`, or null.
[[nodiscard]] const json::Value* find_path(const json::Value& value, std::string_view path);

}  // namespace fastness::client
