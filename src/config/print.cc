// What the table looks like to a person: as a file, and as two pages of documentation.
#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "base/fixed_limits.h"
#include "config/load.h"
#include "config/setting.h"

namespace fastness::config {

namespace {

std::string_view section_of(const Setting& setting) {
  return setting.name.substr(0, setting.name.find('.'));
}

std::string_view key_of(const Setting& setting) {
  return setting.name.substr(setting.name.find('.') + 1);
}

// Before the first setting of each section.
void begin_section(std::string& out, std::string_view& section, const Setting& setting) {
  if (section_of(setting) == section) return;
  if (!section.empty()) out += '\n';
  section = section_of(setting);
  out.append("[").append(section).append("]\n");
}

std::string_view words_for(Origin origin) {
  switch (origin) {
    case Origin::built_in:
      return "default";
    case Origin::file:
      return "file";
    case Origin::environment:
      return "environment";
    case Origin::command_line:
      return "command line";
  }
  return "default";
}

// "https://host:8443/…" of "https://somebody:secret@host:8443/hooks/secret".
std::string without_secrets(const std::string& text) {
  constexpr std::string_view kBegin = "://";
  const std::size_t scheme = text.find(kBegin);
  if (scheme == std::string::npos) return text;
  const std::size_t begin = scheme + kBegin.size();
  // What comes before an @ is cut wherever that stands: whoever writes it wrong has written it,
  // too.
  const std::size_t at = text.rfind('@');
  const std::size_t host = at == std::string::npos ? begin : std::max(begin, at + 1);
  const std::size_t end = std::min(text.find_first_of("/?#", host), text.size());
  const bool is_cut = host != begin || end != text.size();
  return text.substr(0, begin) + text.substr(host, end - host) + (is_cut ? "/…" : "");
}

RawValue without_secrets(RawValue value) {
  if (auto* text = std::get_if<std::string>(&value)) *text = without_secrets(*text);
  if (auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    for (std::string& each : *texts) each = without_secrets(each);
  }
  return value;
}

constexpr std::string_view kReferenceHead = R"(# Configuration

<!-- Made by `fastnessd --print-reference`. Edit src/config/settings.cc instead. -->

One TOML file, named by `--config`. A stronger source wins over a weaker one:

1. command line: `--data-dir D`, or `--set section.key=value` for any key
2. environment: `FASTNESS_SECTION__KEY=value`, lists separated by commas
3. the file
4. the default

An unknown key is an error. No setting holds a secret: where one is needed, the setting names a file.
`fastnessd --check-config` says what is wrong, `fastnessd --print-config` what is in force and why.
)";

constexpr std::string_view kLimitsHead = R"(# Limits

<!-- Made by `fastnessd --print-limits`. Edit src/config/limit_settings.cc and src/base/fixed_limits.h. -->

What one caller, message, connection or organisation may take. Past a limit the request is refused
with an error that names the limit, unless its row says otherwise. `tests/limits.tsv` names the test
that holds each limit, at it and one past it.

## Yours to set

Each is a key of the section `limits` of the [configuration](configuration.md).

| limit | default | from | to | what it bounds |
|---|---|---|---|---|
)";

constexpr std::string_view kFixedLimitsHead = R"(
## Fixed

| limit | value | what it bounds |
|---|---|---|
)";

}  // namespace

std::string print(const Loaded& loaded) {
  std::string out;
  std::string_view section;
  for (const Setting& setting : settings()) {
    begin_section(out, section, setting);
    const auto origin = loaded.origins.find(setting.name);
    out.append(key_of(setting)).append(" = ").append(to_toml(setting.get(loaded.config)));
    out.append("  # ");
    out.append(words_for(origin == loaded.origins.end() ? Origin::built_in : origin->second));
    out += '\n';
  }
  return out;
}

std::string print_for_others(const Config& config) {
  std::string out;
  std::string_view section;
  for (const Setting& setting : settings()) {
    begin_section(out, section, setting);
    out.append(key_of(setting)).append(" = ");
    out.append(to_toml(without_secrets(setting.get(config)))).append("\n");
  }
  return out;
}

std::string reference_markdown() {
  const Config defaults;
  std::string out(kReferenceHead);
  std::string_view section;
  for (const Setting& setting : settings()) {
    if (section_of(setting) != section) {
      section = section_of(setting);
      out.append("\n## ").append(section).append("\n\n");
    }
    out.append("- **`").append(setting.name).append("`** = `");
    out.append(to_toml(setting.get(defaults))).append("`, ").append(describe_type(setting));
    out.append(". ").append(setting.help).append("\n");
  }
  return out;
}

std::string limits_markdown() {
  const Config defaults;
  std::string out(kLimitsHead);
  for (const Setting& setting : settings()) {
    if (section_of(setting) != "limits") continue;
    out.append("| `").append(key_of(setting)).append("` | ");
    out.append(to_toml(setting.get(defaults))).append(" | ");
    out.append(std::to_string(setting.least)).append(" | ");
    out.append(std::to_string(setting.most)).append(" | ");
    out.append(setting.help).append(" |\n");
  }
  out.append(kFixedLimitsHead);
  for (const FixedLimit& limit : kFixedLimits) {
    out.append("| `").append(limit.name).append("` | ").append(std::to_string(limit.value));
    out.append(" | ").append(limit.help).append(" |\n");
  }
  return out;
}

}  // namespace fastness::config
