#include "client/output.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "json/writer.h"

namespace fastness::client {

namespace {

// C0 and C1 controls as `?`; what is left cannot move a cursor.
std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 =
        byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (is_c1) ++i;
    out += byte < 0x20 || byte == 0x7f || is_c1 ? '?' : text[i];
  }
  return out;
}

// How many places a text takes: one for each character, near enough.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string padded(std::string_view text, std::size_t to) {
  return std::string(text) + std::string(to - std::min(to, width(text)), ' ');
}

std::string text_at(const json::Value& object, const Column& column) {
  const json::Value* value = find_path(object, column.path);
  return value == nullptr ? "" : one_line(*value);
}

// What a spreadsheet takes for a formula. A number may have a sign.
bool is_formula(std::string_view text) {
  if (text.empty() || std::string_view("=@\t+-").find(text[0]) == std::string_view::npos) {
    return false;
  }
  if (text[0] != '+' && text[0] != '-') return true;
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + 1, end, number);
  return error != std::errc{} || stopped != end;
}

std::string number_text(double number) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), end};
}

std::string as_table(const json::Array& rows, std::span<const Column> columns) {
  std::vector<std::size_t> widths;
  std::vector<std::vector<std::string>> cells(rows.size());
  for (const Column& column : columns) {
    std::size_t widest = width(column.heading);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      cells[i].push_back(text_at(rows[i], column));
      widest = std::max(widest, width(cells[i].back()));
    }
    widths.push_back(widest);
  }
  std::string out;
  const auto add_line = [&](auto text_of) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) line += padded(text_of(i), widths[i] + 2);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  add_line([&](std::size_t i) { return columns[i].heading; });
  for (const auto& row : cells) add_line([&](std::size_t i) { return row[i]; });
  return out;
}

std::string as_card(const json::Value& object, std::span<const Column> columns) {
  std::size_t widest = 0;
  for (const Column& column : columns) widest = std::max(widest, width(column.heading));
  std::string out;
  for (const Column& column : columns) {
    const std::string text = text_at(object, column);
    if (!text.empty()) out += padded(column.heading, widest + 2) + text + "\n";
  }
  return out;
}

std::string as_csv(const json::Array& rows, std::span<const Column> columns) {
  std::string out;
  const auto add_line = [&](auto text_of) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      out += (i == 0 ? "" : ",") + csv_field(text_of(columns[i]));
    }
    out += "\r\n";
  };
  add_line([](const Column& column) { return column.path; });
  for (const json::Value& row : rows) {
    add_line([&](const Column& column) { return text_at(row, column); });
  }
  return out;
}

// Every JSON text is a YAML text (YAML 1.2, 1.3); only structure is written the longer way.
void write_yaml(const json::Value& value, std::size_t depth, std::string& out) {
  const std::string indent(depth * 2, ' ');
  if (const auto* object = value.get<json::Object>(); object && !object->empty()) {
    bool is_first = true;
    for (const auto& [name, member] : *object) {
      // The first member of a list's element stands behind its dash.
      out += (is_first && out.ends_with("- ") ? "" : indent) + json::to_text(name) + ":";
      is_first = false;
      const auto* list = member.get<json::Array>();
      const auto* inner = member.get<json::Object>();
      const bool is_nested = (list && !list->empty()) || (inner && !inner->empty());
      out += is_nested ? "\n" : " ";
      write_yaml(member, depth + 1, out);
    }
    return;
  }
  if (const auto* list = value.get<json::Array>(); list && !list->empty()) {
    for (const json::Value& element : *list) {
      out += indent + "- ";
      write_yaml(element, depth + 1, out);
    }
    return;
  }
  out += json::to_text(value) + "\n";
}

}  // namespace

const json::Value* find_path(const json::Value& value, std::string_view path) {
  const json::Value* at = &value;
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    at = at->find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

std::string one_line(const json::Value& value) {
  if (const auto* text = value.get<std::string>()) return printable(*text);
  if (const auto* flag = value.get<bool>()) return *flag ? "true" : "false";
  if (const auto* integer = value.get<std::int64_t>()) return std::to_string(*integer);
  if (const auto* number = value.get<double>()) return number_text(*number);
  std::string out;
  if (const auto* object = value.get<json::Object>()) {
    for (const auto& [name, member] : *object) {
      out += (out.empty() ? "" : " ") + printable(name) + "=" + one_line(member);
    }
  } else if (const auto* list = value.get<json::Array>()) {
    for (const json::Value& element : *list) out += (out.empty() ? "" : ", ") + one_line(element);
  }
  return out;
}

std::string csv_field(std::string_view text) {
  std::string content = (is_formula(text) ? "'" : "") + std::string(text);
  if (content.find_first_of(",\"\r\n") == std::string::npos) return content;
  std::string out = "\"";
  for (const char c : content) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string render(const json::Value& value, std::span<const Column> columns, OutputFormat format) {
  const auto* list = value.get<json::Array>();
  switch (format) {
    case OutputFormat::json:
      return json::to_text(value) + "\n";
    case OutputFormat::yaml: {
      std::string out;
      write_yaml(value, 0, out);
      return out;
    }
    case OutputFormat::csv:
      return as_csv(list != nullptr ? *list : json::Array{value}, columns);
    case OutputFormat::table:
      break;
  }
  return list != nullptr ? as_table(*list, columns) : as_card(value, columns);
}

}  // namespace fastness::client
