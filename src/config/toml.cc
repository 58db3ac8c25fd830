// The only file that knows toml++.
#include "config/toml.h"

#include <string>

#define TOML_EXCEPTIONS 0
// It asserts what a table header like `[.a]` breaks, and one line later reports that as a mistake.
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

namespace fastness::config {

namespace {

Unexpected<Error> mistake(std::size_t line, std::string_view what) {
  return fail(Errc::invalid_argument, "line " + std::to_string(line) + ": " + std::string(what));
}

std::size_t line_of(const toml::node& node) {
  return node.source().begin.line;
}

Result<RawValue> convert(std::string_view name, const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return RawValue(flag->get());
  if (const auto* number = node.as_integer()) return RawValue(number->get());
  if (const auto* text = node.as_string()) return RawValue(text->get());
  const toml::array* list = node.as_array();
  const std::string key(name);
  if (list == nullptr) return mistake(line_of(node), key + " has a value of no use here");
  std::vector<std::string> texts;
  for (const toml::node& element : *list) {
    const auto* text = element.as_string();
    if (text == nullptr) return mistake(line_of(element), key + " expects a list of texts");
    texts.push_back(text->get());
  }
  return RawValue(std::move(texts));
}

Result<void> flatten(const std::string& prefix, const toml::table& table,
                     std::vector<TomlEntry>& entries) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* inner = node.as_table()) {
      FASTNESS_RETURN_IF_ERROR(flatten(name + ".", *inner, entries));
      continue;
    }
    FASTNESS_ASSIGN_OR_RETURN(RawValue value, convert(name, node));
    entries.push_back({name, std::move(value), line_of(node)});
  }
  return {};
}

}  // namespace

Result<std::vector<TomlEntry>> parse_toml(std::string_view text) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return mistake(parsed.error().source().begin.line, parsed.error().description());
  }
  std::vector<TomlEntry> entries;
  FASTNESS_RETURN_IF_ERROR(flatten("", parsed.table(), entries));
  return entries;
}

}  // namespace fastness::config
