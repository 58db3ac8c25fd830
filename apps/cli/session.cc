#include "session.h"

#include <cstdio>

namespace fastness::cli {

ExitStatus exit_status_for(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return ExitStatus::usage;
    case Errc::not_found:
      return ExitStatus::not_found;
    case Errc::unauthenticated:
    case Errc::permission_denied:
      return ExitStatus::not_permitted;
    case Errc::already_exists:
      return ExitStatus::conflict;
    case Errc::unavailable:
    case Errc::exhausted:
      return ExitStatus::unavailable;
    case Errc::corrupted:
      return ExitStatus::failure;
  }
  return ExitStatus::failure;
}

Result<client::Api> Session::api() const {
  auto credentials = client::load_credentials(credentials_file);
  if (!credentials && credentials.error().code == Errc::not_found) {
    return fail(Errc::unauthenticated, credentials.error().message);
  }
  if (!credentials) return propagate(std::move(credentials));
  return client::Api::open(std::move(credentials).value(), clock);
}

void Session::print(const json::Value& value, const std::vector<client::Column>& columns) const {
  std::fputs(client::render(value, columns, format).c_str(), stdout);
}

std::string text_in(const json::Value& object, std::string_view name) {
  const json::Value* member = object.find(name);
  const auto* text = member != nullptr ? member->get<std::string>() : nullptr;
  return text != nullptr ? *text : "";
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
