#include "oidc/provider/provider.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/fixed_limits.h"

namespace fastness::oidc {
namespace {

constexpr std::size_t kMostProviders = fixed_limit("oidc.providers");
constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kNameBytes = 64;
constexpr std::size_t kUrlBytes = 2'048;

constexpr const char* kProviders = "sign_in.providers";
constexpr const char* kNames = "sign_in.names";
constexpr const char* kClientIds = "sign_in.client_ids";
constexpr const char* kSecretFiles = "sign_in.client_secret_files";

using Assigned = std::map<std::string, std::string>;

Unexpected<Error> wrong_setting(const char* setting, const std::string& what) {
  return fail(Errc::invalid_argument, std::string(setting) + ": " + what);
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// In paths, so nothing that has to be escaped there.
bool is_id(std::string_view text) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= kIdBytes && is_letter(text.front()) &&
         std::ranges::all_of(
             text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

// People read it on a button and in mails.
bool is_name_of_provider(std::string_view text) {
  return text.size() <= kNameBytes && std::ranges::none_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7f;
         });
}

// Of a tenant: what Microsoft's issuers have, and not the names by which it can be found.
bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (is_dash ? c != '-' : !is_digit) return false;
  }
  return true;
}

Result<Assigned> read_assigned(const char* setting, const std::vector<std::string>& lines) {
  Assigned assigned;
  for (const std::string& line : lines) {
    const std::size_t equals = line.find('=');
    const bool is_whole = equals != std::string::npos && equals != 0 && equals + 1 < line.size();
    if (!is_whole) return wrong_setting(setting, "expects \"id=value\", not \"" + line + '"');
    if (!assigned.emplace(line.substr(0, equals), line.substr(equals + 1)).second) {
      return wrong_setting(setting, "names \"" + line.substr(0, equals) + "\" twice");
    }
  }
  return assigned;
}

// Takes out what is assigned to a provider.
std::optional<std::string> take(Assigned& assigned, const std::string& id) {
  const auto found = assigned.find(id);
  if (found == assigned.end()) return std::nullopt;
  std::string value = std::move(found->second);
  assigned.erase(found);
  return value;
}

Result<Provider> read_apple(const std::string& detail) {
  const std::size_t slash = detail.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == detail.size() ||
      !is_printable(detail)) {
    return wrong_setting(kProviders, "expects \"apple=TEAM/KEY\", the ids of your team and key");
  }
  return Provider{"apple",
                  "Apple",
                  Kind::apple,
                  "https://appleid.apple.com",
                  {},
                  {},
                  detail.substr(0, slash),
                  detail.substr(slash + 1)};
}

// `detail` is what stands behind the sign of equality.
Result<Provider> read_provider(const std::string& id, const std::string& detail) {
  if (!is_id(id)) {
    return wrong_setting(kProviders,
                         "an id has letters a to z, digits and dashes, not \"" + id + '"');
  }
  if (id == "google" && detail.empty()) {
    return Provider{id, "Google", Kind::openid, "https://accounts.google.com", {}, {}};
  }
  if (id == "github" && detail.empty()) {
    return Provider{id, "GitHub", Kind::github, "https://github.com/login/oauth", {}, {}};
  }
  if (id == "apple") return read_apple(detail);
  if (id == "microsoft") {
    if (!is_guid(detail)) {
      return wrong_setting(kProviders,
                           "expects \"microsoft=TENANT\", the id of one tenant in lower case");
    }
    return Provider{id,           "Microsoft",
                    Kind::openid, "https://login.microsoftonline.com/" + detail + "/v2.0",
                    {},           {}};
  }
  if (!is_endpoint(detail) || detail.find('?') != std::string::npos) {
    return wrong_setting(kProviders,
                         "expects google, github, \"microsoft=TENANT\", \"apple=TEAM/KEY\" or "
                         "\"id=https://issuer\", not \"" +
                             id + (detail.empty() ? "" : "=" + detail) + '"');
  }
  return Provider{id, id, Kind::openid, detail, {}, {}};
}

Result<void> check_rest(const char* setting, const Assigned& rest) {
  if (rest.empty()) return {};
  return wrong_setting(setting,
                       "names \"" + rest.begin()->first + "\", which sign_in.providers does not");
}

bool is_same(const Provider& a, const Provider& b) {
  return a.id == b.id || (a.issuer == b.issuer && a.client_id == b.client_id);
}

}  // namespace

bool is_endpoint(std::string_view untrusted_url) {
  constexpr std::string_view kScheme = "https://";
  if (untrusted_url.size() > kUrlBytes || !untrusted_url.starts_with(kScheme)) return false;
  const std::string_view rest = untrusted_url.substr(kScheme.size());
  const std::string_view host = rest.substr(0, rest.find_first_of("/?"));
  return !host.empty() && host.find('@') == std::string_view::npos && is_printable(rest) &&
         rest.find_first_of("#\\\"<>") == std::string_view::npos;
}

Result<std::vector<Provider>> read_providers(const ProviderSettings& settings) {
  if (settings.providers.size() > kMostProviders) {
    return wrong_setting(kProviders, "names more than " + std::to_string(kMostProviders));
  }
  FASTNESS_ASSIGN_OR_RETURN(Assigned names, read_assigned(kNames, settings.names));
  FASTNESS_ASSIGN_OR_RETURN(Assigned client_ids, read_assigned(kClientIds, settings.client_ids));
  FASTNESS_ASSIGN_OR_RETURN(Assigned files, read_assigned(kSecretFiles, settings.secret_files));
  std::vector<Provider> providers;
  for (const std::string& line : settings.providers) {
    const std::size_t equals = std::min(line.find('='), line.size());
    const std::string detail = equals == line.size() ? "" : line.substr(equals + 1);
    FASTNESS_ASSIGN_OR_RETURN(Provider made, read_provider(line.substr(0, equals), detail));
    auto client_id = take(client_ids, made.id);
    auto file = take(files, made.id);
    if (!client_id || !is_printable(*client_id)) {
      return wrong_setting(kClientIds, "needs \"" + made.id + "=...\"");
    }
    if (!file || !file->starts_with('/')) {
      return wrong_setting(kSecretFiles, "needs \"" + made.id + "=/path/of/a/file\"");
    }
    made.client_id = std::move(*client_id);
    made.secret_file = std::move(*file);
    if (auto name = take(names, made.id)) made.name = std::move(*name);
    if (!is_name_of_provider(made.name)) return wrong_setting(kNames, "a name is none");
    const bool is_there =
        std::ranges::any_of(providers, [&](const Provider& each) { return is_same(each, made); });
    if (is_there) return wrong_setting(kProviders, "names \"" + made.id + "\" twice");
    providers.push_back(std::move(made));
  }
  FASTNESS_RETURN_IF_ERROR(check_rest(kNames, names));
  FASTNESS_RETURN_IF_ERROR(check_rest(kClientIds, client_ids));
  FASTNESS_RETURN_IF_ERROR(check_rest(kSecretFiles, files));
  return providers;
}

}  // namespace fastness::oidc
