#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids/uuid.h"
#include "base/value.h"
#include "json/value.h"

namespace fastness::json {

// Appends one JSON document to a string, members in the order of the calls. The caller balances
// begin and end, and names each member of an object exactly once; this is not checked.
//
//   Writer out;
//   out.begin_object();
//   out.field("id", device.id.value());
//   out.field_if("serial", device.serial);   // nothing if empty
//   out.end_object();
//   return std::move(out).text();
class Writer {
 public:
  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  void key(std::string_view name);
  void begin_object(std::string_view name) { key(name), begin_object(); }
  void begin_array(std::string_view name) { key(name), begin_array(); }

  // Text that is not UTF-8 gets U+FFFD for each bad byte; a number that is not finite is null.
  void value(std::string_view text);
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool boolean);
  void value(double number);
  template <std::integral T>
  requires(!std::same_as<T, bool>) void value(T integer) { integer_text(std::to_string(integer)); }
  void value(const Uuid& uuid) { value(uuid.to_text()); }
  void value(Timestamp time);
  void value(const fastness::Value& value);
  void value(const Scalar& scalar);
  void value(const Value& document);
  void null() { raw("null"); }

  // Already JSON: appended as it is.
  void raw(std::string_view json);

  template <typename T>
  void field(std::string_view name, const T& content) {
    key(name);
    value(content);
  }
  void field_if(std::string_view name, const std::string& text) {
    if (!text.empty()) field(name, text);
  }
  template <typename T>
  void field_if(std::string_view name, const std::optional<T>& content) {
    if (content) field(name, *content);
  }

  [[nodiscard]] const std::string& text() const& { return out_; }
  [[nodiscard]] std::string text() && { return std::move(out_); }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();
  void integer_text(std::string_view digits) { raw(digits); }
  void quoted(std::string_view text);

  std::string out_;
  bool first_ = true;  // nothing stands before the next element of the innermost bracket
};

// One value as a document.
template <typename T>
[[nodiscard]] std::string to_text(const T& content) {
  Writer out;
  out.value(content);
  return std::move(out).text();
}

}  // namespace fastness::json
