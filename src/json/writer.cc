#include "json/writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "json/time_text.h"

namespace fastness::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// How many bytes the UTF-8 sequence at the front of `text` has (RFC 3629); 0 if it is none.
std::size_t sequence_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  std::size_t size = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) size = 2;
  if (lead >= 0xE0 && lead <= 0xEF) size = 3;
  if (lead >= 0xF0 && lead <= 0xF4) size = 4;
  if (lead == 0xE0) low = 0xA0;   // no overlong form
  if (lead == 0xED) high = 0x9F;  // no surrogate
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;  // nothing past U+10FFFF
  if (size == 0 || text.size() < size || byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return size;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  // Without '<' a document can't end a script element, wherever it may be embedded.
  if (byte < 0x20 || byte == 0x7F || c == '<') {
    out += "\\u00";
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
    return;
  }
  out += c;
}

}  // namespace

void Writer::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

void Writer::open(char bracket) {
  separate();
  out_ += bracket;
  first_ = true;
}

void Writer::close(char bracket) {
  out_ += bracket;
  first_ = false;
}

void Writer::key(std::string_view name) {
  separate();
  quoted(name);
  out_ += ':';
  first_ = true;
}

void Writer::raw(std::string_view json) {
  separate();
  out_ += json;
}

void Writer::quoted(std::string_view text) {
  out_ += '"';
  while (!text.empty()) {
    const std::size_t size = sequence_size(text);
    if (size == 1) {
      append_escaped(out_, text.front());
    } else {
      out_ += size == 0 ? kReplacement : text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out_ += '"';
}

void Writer::value(std::string_view text) {
  separate();
  quoted(text);
}

void Writer::value(bool boolean) {
  raw(boolean ? "true" : "false");
}

void Writer::value(double number) {
  if (!std::isfinite(number)) return null();
  if (number == 0 && std::signbit(number)) return raw("-0.0");  // "-0" would be an integer, 0
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  raw({buffer.data(), static_cast<std::size_t>(end - buffer.data())});
}

void Writer::value(Timestamp time) {
  value(to_time_text(time));
}

void Writer::value(const Scalar& scalar) {
  std::visit([this](const auto& part) { value(part); }, scalar);
}

void Writer::value(const fastness::Value& content) {
  if (const auto* boolean = content.get<bool>()) return value(*boolean);
  if (const auto* integer = content.get<std::int64_t>()) return value(*integer);
  if (const auto* number = content.get<double>()) return value(*number);
  if (const auto* text = content.get<std::string>()) return value(*text);
  begin_object();
  for (const Attribute& attribute : *content.get<Composite>()) {
    field(attribute.name, attribute.value);
  }
  end_object();
}

void Writer::value(const Value& document) {
  if (const auto* boolean = document.get<bool>()) return value(*boolean);
  if (const auto* integer = document.get<std::int64_t>()) return value(*integer);
  if (const auto* number = document.get<double>()) return value(*number);
  if (const auto* text = document.get<std::string>()) return value(*text);
  if (const auto* array = document.get<Array>()) {
    begin_array();
    for (const Value& element : *array) value(element);
    return end_array();
  }
  if (const auto* object = document.get<Object>()) {
    begin_object();
    for (const auto& [name, member] : *object) field(name, member);
    return end_object();
  }
  null();
}

}  // namespace fastness::json
