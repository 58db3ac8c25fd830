#include "accounts/people/thing_rights.h"

#include <algorithm>

namespace fastness::accounts {
namespace {

Unexpected<Error> no_rights() {
  return fail(Errc::corrupted, "what is stored as things is none");
}

// Calls `take` with each word of `text`.
template <typename Take>
Result<void> for_each_word(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    FASTNESS_RETURN_IF_ERROR(take(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

Result<ThingId> parse_thing_id(std::string_view text) {
  const auto id = Uuid::parse(text);
  if (!id) return no_rights();
  return ThingId(*id);
}

}  // namespace

std::string_view to_text(ThingRight right) {
  switch (right) {
    case ThingRight::view:
      return "view";
    case ThingRight::operate:
      return "operate";
    case ThingRight::edit:
      return "edit";
  }
  return {};
}

std::optional<ThingRight> parse_thing_right(std::string_view text) {
  for (const ThingRight right : kAllThingRights) {
    if (to_text(right) == text) return right;
  }
  return std::nullopt;
}

std::string to_text(const ThingRights& rights) {
  std::string text;
  for (const auto& [thing, right] : rights) {
    if (!text.empty()) text += ' ';
    text += thing.value().to_text();
    text += '=';
    text += to_text(right);
  }
  return text;
}

Result<ThingRights> parse_thing_rights(std::string_view text) {
  ThingRights rights;
  FASTNESS_RETURN_IF_ERROR(for_each_word(text, [&](std::string_view word) -> Result<void> {
    const std::size_t equals = std::min(word.find('='), word.size());
    FASTNESS_ASSIGN_OR_RETURN(const ThingId thing, parse_thing_id(word.substr(0, equals)));
    const auto right = parse_thing_right(word.substr(std::min(equals + 1, word.size())));
    if (!right) return no_rights();
    rights.insert_or_assign(thing, *right);
    return {};
  }));
  return rights;
}

std::string to_text(const ThingIds& things) {
  std::string text;
  for (const ThingId thing : things) text += (text.empty() ? "" : " ") + thing.value().to_text();
  return text;
}

Result<ThingIds> parse_thing_ids(std::string_view text) {
  ThingIds things;
  FASTNESS_RETURN_IF_ERROR(for_each_word(text, [&](std::string_view word) -> Result<void> {
    FASTNESS_ASSIGN_OR_RETURN(const ThingId thing, parse_thing_id(word));
    things.push_back(thing);
    return {};
  }));
  return things;
}

ThingScopes to_scopes(const ThingRights& rights) {
  if (rights.empty()) return nullptr;
  std::map<ThingId, Scopes> scopes;
  for (const auto& [thing, right] : rights) scopes.emplace(thing, scopes_of(right));
  return std::make_shared<const std::map<ThingId, Scopes>>(std::move(scopes));
}

Scopes scopes_of(const ThingScopes& things, ThingId thing) {
  if (!things) return {};
  const auto found = things->find(thing);
  return found == things->end() ? Scopes{} : found->second;
}

}  // namespace fastness::accounts
