// How a record becomes one line, whatever bytes a peer put into its fields.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "telemetry/log.h"

namespace fastness::telemetry {

namespace {

enum class Escapes { text, json };

struct Character {
  std::size_t size;    // bytes it takes
  std::uint32_t code;  // its code point; for a byte that starts no UTF-8 sequence, that byte
  bool is_valid;
};

bool is_continuation(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<std::uint8_t>(text[at]) & 0xc0U) == 0x80U;
}

// Strict UTF-8 (RFC 3629, section 4): no overlong forms, no surrogates, nothing past U+10FFFF.
Character first_character(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return {1, lead, true};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return {1, lead, false};
  std::uint32_t code = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (!is_continuation(text, i)) return {1, lead, false};
    code = (code << 6U) | (static_cast<std::uint8_t>(text[i]) & 0x3fU);
  }
  const bool is_overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool is_surrogate = code >= 0xd800 && code < 0xe000;
  if (is_overlong || is_surrogate || code > 0x10ffff) return {1, lead, false};
  return {size, code, true};
}

// C0 and C1 controls, line and paragraph separators, and what reorders text on a screen.
bool is_unprintable(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
         (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

template <typename... Arguments>
void append_format(std::string& out, const char* format, Arguments... arguments) {
  std::array<char, 16> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), format, arguments...);
  out.append(buffer.data(), static_cast<std::size_t>(size));
}

void append_escaped(std::string& out, std::string_view text, Escapes escapes) {
  while (!text.empty()) {
    const Character next = first_character(text);
    if (!next.is_valid) {
      if (escapes == Escapes::text) {
        append_format(out, "\\x%02x", next.code);
      } else {
        out += "\\ufffd";
      }
    } else if (next.code == '"' || next.code == '\\') {
      out += '\\';
      out += text[0];
    } else if (is_unprintable(next.code)) {
      append_format(out, "\\u%04x", next.code);
    } else {
      out += text.substr(0, next.size);
    }
    text.remove_prefix(next.size);
  }
}

void append_quoted(std::string& out, std::string_view text, Escapes escapes) {
  out += '"';
  append_escaped(out, text, escapes);
  out += '"';
}

// A text that reads back unambiguously without quotes.
bool is_plain(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c >= 0x7f) return false;
  }
  return true;
}

template <typename T>
void append_number(std::string& out, T number) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  out.append(buffer.data(), end);
}

void append_value(std::string& out, const Field::Value& value, Escapes escapes) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    if (escapes == Escapes::text && is_plain(*text)) {
      out += *text;
    } else {
      append_quoted(out, *text, escapes);
    }
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out += *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<double>(&value)) {
    // JSON has no spelling for these.
    if (!std::isfinite(*number) && escapes == Escapes::json) {
      out += "null";
    } else {
      append_number(out, *number);
    }
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    append_number(out, *integer);
  } else {
    append_number(out, std::get<std::uint64_t>(value));
  }
}

}  // namespace

std::string render_text(const LogRecord& record) {
  std::string out = "level=";
  out += to_text(record.level);
  out += " logger=";
  append_value(out, record.logger, Escapes::text);
  out += " event=";
  append_value(out, record.event, Escapes::text);
  for (const Field& field : record.fields) {
    out += ' ';
    append_value(out, field.key, Escapes::text);
    out += '=';
    append_value(out, field.value, Escapes::text);
  }
  return out;
}

std::string render_json(const LogRecord& record) {
  std::string out = "\"level\":\"";
  out += to_text(record.level);
  out += "\",\"logger\":";
  append_quoted(out, record.logger, Escapes::json);
  out += ",\"event\":";
  append_quoted(out, record.event, Escapes::json);
  for (const Field& field : record.fields) {
    out += ',';
    append_quoted(out, field.key, Escapes::json);
    out += ':';
    append_value(out, field.value, Escapes::json);
  }
  out += '}';
  return out;
}

}  // namespace fastness::telemetry
