#include "session.h"

#include <cstdio>

namespace fastness::cli {

Result<client::Credentials> Session::credentials() const {
  auto kept = client::load_credentials(credentials_file);
  if (!kept && kept.error().code == Errc::not_found) {
    return fail(Errc::unauthenticated, kept.error().message);
  }
  return kept;
}

Result<client::Api> Session::api() const {
  FASTNESS_ASSIGN_OR_RETURN(client::Credentials kept, credentials());
  return client::Api::open(std::move(kept), clock);
}

void Session::print(const json::Value& value, std::span<const client::Column> columns) const {
  std::fputs(client::render(value, columns, format).c_str(), stdout);
}

Result<json::Value> find_in(const json::Array& list, const std::string& what,
                            const std::string& wanted) {
  const json::Value* found = nullptr;
  for (const json::Value& element : list) {
    if (text_in(element, "id") == wanted) return element;
    if (text_in(element, "name") != wanted && text_in(element, "variable_name") != wanted) continue;
    if (found != nullptr) {
      return fail(Errc::already_exists, "several are called \"" + wanted + "\"; use the id");
    }
    found = &element;
  }
  if (found == nullptr) {
    return fail(Errc::not_found, "there is no " + what + " \"" + wanted + "\"");
  }
  return *found;
}

Result<json::Value> find_by_name(client::Api& api, const std::string& target,
                                 const std::string& list, const std::string& wanted) {
  FASTNESS_ASSIGN_OR_RETURN(const json::Value answer, api.get(target));
  const json::Value* member = answer.find(list);
  const auto* elements = member != nullptr ? member->get<json::Array>() : nullptr;
  if (elements == nullptr) return fail(Errc::corrupted, "the server gave no list of " + list);
  return find_in(*elements, list.substr(0, list.size() - 1), wanted);
}

json::Value parse_value(const std::string& typed, Typing typing) {
  if (typing == Typing::as_text) return json::Value(typed);
  if (typed == "on") return json::Value(true);
  if (typed == "off") return json::Value(false);
  auto value = json::parse(typed);
  return value ? std::move(value).value() : json::Value(typed);
}

}  // namespace fastness::cli
