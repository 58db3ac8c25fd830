#include "config/setting.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

#include "base/nearest.h"

namespace fastness::config {

namespace {

// The key alone counts too: `logging.level` is far from `log.level` but says what is meant.
std::size_t distance(std::string_view wanted, std::string_view name) {
  const std::string_view wanted_key = wanted.substr(wanted.rfind('.') + 1);
  const std::string_view key = name.substr(name.rfind('.') + 1);
  return edit_distance(wanted, name) + 2 * edit_distance(wanted_key, key);
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

Result<RawValue> parse_boolean(std::string_view text) {
  if (text == "true") return RawValue(true);
  if (text == "false") return RawValue(false);
  return fail(Errc::invalid_argument, "expects true or false");
}

struct Unit {
  std::string_view suffix;
  unsigned shift;
};
constexpr Unit kUnits[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};

Result<RawValue> parse_number(std::string_view text, Kind kind) {
  unsigned shift = 0;
  for (const Unit& unit : kUnits) {
    if (kind != Kind::bytes || !text.ends_with(unit.suffix)) continue;
    shift = unit.shift;
    text.remove_suffix(unit.suffix.size());
    while (text.ends_with(' ')) text.remove_suffix(1);
    break;
  }
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  const bool fits = number <= (INT64_MAX >> shift) && number >= 0;
  if (error != std::errc{} || stopped != end || (shift != 0 && !fits)) {
    return fail(Errc::invalid_argument, kind == Kind::bytes
                                            ? "expects a number of bytes, such as 64 MiB"
                                            : "expects a whole number");
  }
  return RawValue(number * (std::int64_t{1} << shift));
}

struct TimeUnit {
  std::string_view suffix;
  std::int64_t microseconds;
};
constexpr TimeUnit kTimeUnits[] = {{"us", 1}, {"ms", 1'000}, {"s", 1'000'000}};

std::string in_quotes(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xfU];
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

Result<std::chrono::microseconds> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  const std::string_view rest(stopped, static_cast<std::size_t>(end - stopped));
  const auto* unit = std::ranges::find(kTimeUnits, rest, &TimeUnit::suffix);
  constexpr std::int64_t kLongest = 1'000'000'000;
  if (error == std::errc{} && rest.empty() && number == 0) return std::chrono::microseconds{0};
  if (error != std::errc{} || unit == std::end(kTimeUnits) || number < 0 || number > kLongest) {
    return fail(Errc::invalid_argument, "expects a duration such as 500us, 2ms, 1s or 0");
  }
  return std::chrono::microseconds{number * unit->microseconds};
}

std::string to_text(std::chrono::microseconds duration) {
  if (duration.count() == 0) return "0";
  const TimeUnit* best = &kTimeUnits[0];
  for (const TimeUnit& unit : kTimeUnits) {
    if (duration.count() % unit.microseconds == 0) best = &unit;
  }
  return std::to_string(duration.count() / best->microseconds) + std::string(best->suffix);
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto mistake = [text] {
    return fail(Errc::invalid_argument, "\"" + std::string(text) +
                                            "\" is no literal address and port, such as "
                                            "127.0.0.1:8443 or [::1]:8443");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return mistake();
  const std::string_view digits = text.substr(colon + 1);
  std::string_view address = text.substr(0, colon);
  int family = AF_INET;
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
    family = AF_INET6;
  }
  std::uint16_t port = 0;
  const auto [stopped, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || stopped != digits.data() + digits.size()) return mistake();

  Endpoint endpoint{std::string(address), port};
  in6_addr binary{};
  if (::inet_pton(family, endpoint.address.c_str(), &binary) != 1) return mistake();
  return endpoint;
}

std::string Endpoint::to_text() const {
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

bool Endpoint::is_loopback() const {
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return address.starts_with("127.");
}

const Setting* find_setting(std::string_view name) {
  const auto found = std::ranges::find(settings(), name, &Setting::name);
  return found == settings().end() ? nullptr : &*found;
}

const Setting& nearest_setting(std::string_view name) {
  return *std::ranges::min_element(
      settings(), {}, [name](const Setting& setting) { return distance(name, setting.name); });
}

std::string describe_type(const Setting& setting) {
  const std::string range =
      " from " + std::to_string(setting.least) + " to " + std::to_string(setting.most);
  switch (setting.kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "whole number" + range;
    case Kind::bytes:
      return "bytes" + range + "; a text such as \"64 MiB\" will do";
    case Kind::duration:
      return "duration from " + to_text(std::chrono::microseconds{setting.least}) + " to " +
             to_text(std::chrono::microseconds{setting.most}) + ", such as \"2ms\"";
    case Kind::text:
      return "text";
    case Kind::path:
      return "path";
    case Kind::texts:
      return "list of texts";
    case Kind::endpoints:
      return "list of \"address:port\"";
    case Kind::choice:
      break;
  }
  std::string out = "one of";
  for (const std::string_view each : setting.choices) out.append(" `").append(each).append("`");
  return out;
}

Result<RawValue> parse_text(const Setting& setting, std::string_view text) {
  switch (setting.kind) {
    case Kind::boolean:
      return parse_boolean(text);
    case Kind::integer:
    case Kind::bytes:
      return parse_number(text, setting.kind);
    case Kind::duration:
    case Kind::text:
    case Kind::path:
    case Kind::choice:
      return RawValue(std::string(text));
    case Kind::texts:
    case Kind::endpoints:
      break;
  }
  return RawValue(split_at_commas(text));
}

std::string to_toml(const RawValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return in_quotes(*text);
  std::string out = "[";
  for (const std::string& text : std::get<std::vector<std::string>>(value)) {
    if (out.size() > 1) out += ", ";
    out += in_quotes(text);
  }
  return out + "]";
}

}  // namespace fastness::config
