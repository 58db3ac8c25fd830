#include "api/reports/browser_report.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/fixed_limits.h"
#include "json/value.h"

namespace fastness::api {
namespace {

// What a policy of ours can forbid by.
constexpr std::array<std::string_view, 17> kDirectives = {
    "base-uri",        "connect-src",
    "default-src",     "font-src",
    "form-action",     "frame-ancestors",
    "frame-src",       "img-src",
    "manifest-src",    "require-trusted-types-for",
    "script-src",      "script-src-attr",
    "script-src-elem", "style-src",
    "style-src-attr",  "style-src-elem",
    "trusted-types"};
// What was refused, if it has no address of its own; a browser names an extension by its scheme.
constexpr std::array<std::string_view, 10> kWords = {
    "inline", "eval", "wasm-eval",        "trusted-types-policy", "trusted-types-sink",
    "data",   "blob", "chrome-extension", "moz-extension",        "safari-web-extension"};
constexpr std::array<std::string_view, 4> kSchemes = {"https://", "http://", "wss://", "ws://"};
constexpr std::string_view kOther = "other";

Unexpected<Error> no_report(std::string_view why) {
  return fail(Errc::invalid_argument, "This is no report of a browser: " + std::string(why));
}

template <std::size_t size>
std::optional<std::string_view> find_in(const std::array<std::string_view, size>& list,
                                        std::string_view wanted) {
  const auto found = std::ranges::find(list, wanted);
  return found == list.end() ? std::nullopt : std::optional(*found);
}

std::string_view text_of(const json::Value& report, std::string_view name) {
  const json::Value* member = report.find(name);
  const auto* text = member == nullptr ? nullptr : member->get<std::string>();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

struct Address {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;  // without query and fragment; empty if there is none
};

std::optional<Address> split_address(std::string_view address) {
  const auto scheme = std::ranges::find_if(
      kSchemes, [address](std::string_view each) { return address.starts_with(each); });
  if (scheme == kSchemes.end()) return std::nullopt;
  const std::string_view rest = address.substr(scheme->size());
  const std::size_t end = std::min(rest.size(), rest.find_first_of("/?#"));
  const std::string_view tail = rest.substr(end);
  return Address{*scheme, rest.substr(0, end), tail.substr(0, tail.find_first_of("?#"))};
}

std::string to_text(const http::Host& host) {
  return host.name + (host.port ? ":" + std::to_string(*host.port) : std::string());
}

// Old browsers name the directive with all that it allows; a word of it is enough.
std::optional<std::string_view> directive_of(const json::Value& report) {
  std::string_view said = text_of(report, "effective-directive");
  if (said.empty()) said = text_of(report, "violated-directive");
  return find_in(kDirectives, said.substr(0, said.find(' ')));
}

std::string refused_of(std::string_view said) {
  if (const auto word = find_in(kWords, said)) return std::string(*word);
  const auto address = split_address(said);
  if (!address) return std::string(kOther);
  const auto host = http::parse_host(address->authority);
  return host ? std::string(address->scheme) + to_text(*host) : std::string(kOther);
}

bool is_plain_path(std::string_view path) {
  return path.starts_with('/') && path.size() <= fixed_limit("browser_reports.page_bytes") &&
         std::ranges::all_of(path, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("/-_.").find(c) != std::string_view::npos;
         });
}

}  // namespace

Result<BrowserReport> parse_browser_report(std::string_view body, const http::Host& to_host) {
  const auto document = json::parse(body, {.max_bytes = fixed_limit("browser_reports.bytes")});
  if (!document) return no_report("it does not read as JSON.");
  const json::Value* report = document->find("csp-report");
  if (report == nullptr || report->get<json::Object>() == nullptr) {
    return no_report("it has no object \"csp-report\".");
  }
  const auto directive = directive_of(*report);
  if (!directive) return no_report("it names no directive of our policy.");
  const auto page = split_address(text_of(*report, "document-uri"));
  const auto host = page ? http::parse_host(page->authority)
                         : Result<http::Host>(fail(Errc::invalid_argument, ""));
  if (!host || host->name != to_host.name || host->port != to_host.port) {
    return no_report("\"document-uri\" is no page of this server.");
  }
  return BrowserReport{*directive, refused_of(text_of(*report, "blocked-uri")),
                       std::string(is_plain_path(page->path) ? page->path : kOther)};
}

}  // namespace fastness::api
