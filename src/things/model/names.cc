#include "things/model/names.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/fixed_limits.h"
#include "things/model/time_zone.h"

namespace fastness::things {
namespace {

constexpr std::size_t kMaxName = fixed_limit("things.name_bytes");
constexpr std::size_t kMaxFqbn = fixed_limit("things.fqbn_bytes");
constexpr std::size_t kMaxUri = fixed_limit("things.webhook_bytes");
constexpr std::size_t kMaxTags = fixed_limit("things.tags");

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_one_of(char c, std::string_view extra) {
  return is_alphanumeric(c) || extra.find(c) != std::string_view::npos;
}

bool consists_of(std::string_view text, std::string_view extra) {
  return std::ranges::all_of(text, [extra](char c) { return is_one_of(c, extra); });
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
}

Unexpected<Error> bad(std::string_view field, std::string_view why) {
  return fail(Errc::invalid_argument, std::string(field) + ": " + std::string(why));
}

// The device pattern is unanchored in the API: one of [a-zA-Z0-9_.@-] anywhere will do.
Result<void> check_loose_name(std::string_view field, std::string_view name) {
  if (name.size() > kMaxName) return bad(field, "at most 64 characters");
  const bool has_one = std::ranges::any_of(name, [](char c) { return is_one_of(c, "_.@-"); });
  if (!name.empty() && !has_one) return bad(field, "needs a letter or a digit");
  if (!is_printable(name)) return bad(field, "no control characters");
  return {};
}

Result<void> check_tags(const Tags& tags) {
  if (tags.size() > kMaxTags) return bad("tags", "at most 64");
  for (const auto& [key, value] : tags) FASTNESS_RETURN_IF_ERROR(check_tag(key, value));
  return {};
}

bool is_mac(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (i % 3 == 2 ? c != ':' : !is_hex) return false;
  }
  return true;
}

constexpr std::array<std::string_view, 8> kConnectionTypes = {
    "wifi", "eth", "wifiandsecret", "gsm", "nb", "lora", "catm1", "cellular"};

bool is_variable_name(std::string_view name) {
  const bool starts_with_digit = !name.empty() && name[0] >= '0' && name[0] <= '9';
  return !name.empty() && name.size() <= kMaxName && !starts_with_digit && consists_of(name, "_");
}

}  // namespace

Result<void> check(const DeviceDraft& draft) {
  FASTNESS_RETURN_IF_ERROR(check_loose_name("name", draft.name));
  if (draft.type.empty() || draft.type.size() > kMaxName || !consists_of(draft.type, "_.-")) {
    return bad("type", "1 to 64 of [a-zA-Z0-9_.-]");
  }
  if (draft.fqbn.size() > kMaxFqbn || !consists_of(draft.fqbn, "_.:,=+-")) {
    return bad("fqbn", "up to 128 of [a-zA-Z0-9_.:,=+-]");
  }
  FASTNESS_RETURN_IF_ERROR(check_loose_name("serial", draft.serial));
  if (!draft.connection_type.empty() &&
      std::ranges::find(kConnectionTypes, draft.connection_type) == kConnectionTypes.end()) {
    return bad("connection_type", "not a known type of connection");
  }
  const std::string& hardware_id = draft.unique_hardware_id;
  if (!hardware_id.empty() && (hardware_id.size() != 64 || !is_printable(hardware_id))) {
    return bad("unique_hardware_id", "exactly 64 characters");
  }
  if (draft.wifi_fw_version.size() > 10 || !consists_of(draft.wifi_fw_version, ".+-")) {
    return bad("wifi_fw_version", "not a version");
  }
  if (!draft.ble_mac.empty() && !is_mac(draft.ble_mac)) return bad("ble_mac", "not an address");
  return check_tags(draft.tags);
}

Result<void> check(const ThingDraft& draft) {
  if (draft.name.empty() || draft.name.size() > kMaxName || !consists_of(draft.name, "_. -")) {
    return bad("name", "1 to 64 of [a-zA-Z0-9_. -]");
  }
  if (!TimeZones::is_well_formed(draft.timezone)) return bad("timezone", "not a time zone");
  if (draft.webhook_uri.size() > kMaxUri || !is_printable(draft.webhook_uri)) {
    return bad("webhook_uri", "at most 1024 printable characters");
  }
  if (draft.assistant != "NONE" && draft.assistant != "ALEXA" && draft.assistant != "GOOGLE") {
    return bad("assistant", "NONE, ALEXA or GOOGLE");
  }
  return check_tags(draft.tags);
}

Result<void> check(const PropertyDraft& draft) {
  if (draft.name.empty() || draft.name.size() > kMaxName || !is_printable(draft.name)) {
    return bad("name", "1 to 64 printable characters");
  }
  if (!is_variable_name(draft.variable_name)) {
    return bad("variable_name", "a letter or _, then letters, digits or _, at most 64");
  }
  if (draft.type == nullptr) return bad("type", "not a known type");
  if (!std::isfinite(draft.update_parameter) || draft.update_parameter < 0) {
    return bad("update_parameter", "a number of at least 0");
  }
  const auto is_bad = [](const std::optional<double>& limit) {
    return limit && !std::isfinite(*limit);
  };
  if (is_bad(draft.min_value)) return bad("min_value", "a number");
  if (is_bad(draft.max_value)) return bad("max_value", "a number");
  if (draft.min_value && draft.max_value && *draft.min_value > *draft.max_value) {
    return bad("min_value", "must not be above max_value");
  }
  if (draft.wire_id && (*draft.wire_id < 1 || *draft.wire_id > 0x7fff'ffff)) {
    return bad("tag", "a number of at least 1");
  }
  return {};
}

Result<void> check_tag(std::string_view key, std::string_view value) {
  if (key.empty() || key.size() > kMaxName || !consists_of(key, "_.@-")) {
    return bad("tags", "a key is 1 to 64 of [a-zA-Z0-9_.@-]");
  }
  if (value.empty() || value.size() > kMaxName || !consists_of(value, "_.@-")) {
    return bad("tags", "a value is 1 to 64 of [a-zA-Z0-9_.@-]");
  }
  return {};
}

std::string variable_name_of(std::string_view name) {
  std::string variable;
  bool begins_word = false;
  for (const char c : name) {
    if (!is_one_of(c, "_")) {
      begins_word = true;
      continue;
    }
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_lower = c >= 'a' && c <= 'z';
    if (variable.empty() && is_upper) {
      variable += static_cast<char>(c - 'A' + 'a');
    } else if (!variable.empty() && begins_word && is_lower) {
      variable += static_cast<char>(c - 'a' + 'A');
    } else {
      variable += c;
    }
    begins_word = false;
  }
  if (variable.empty()) variable = "property";
  if (variable[0] >= '0' && variable[0] <= '9') variable.insert(0, 1, '_');
  return variable.substr(0, kMaxName);
}

std::string_view cut(std::string_view text, std::size_t max) {
  if (text.size() <= max) return text;
  while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xc0U) == 0x80) --max;
  return text.substr(0, max);
}

}  // namespace fastness::things
