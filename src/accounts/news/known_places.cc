#include "accounts/news/known_places.h"

#include <string>

#include "accounts/accounts_store.h"
#include "accounts/sign_in/throttle.h"

namespace fastness::accounts {
namespace {

// They are in what is hashed, and so on the disk.
std::string_view prefix_of(PlaceKind kind) {
  switch (kind) {
    case PlaceKind::network:
      return "place:";
    case PlaceKind::browser:
      return "browser:";
    case PlaceKind::route:
      return "route:";
  }
  return {};
}

}  // namespace

Result<bool> KnownPlaces::is_known(UserId user, std::string_view network) {
  FASTNESS_ASSIGN_OR_RETURN(const auto last,
                            store_.place_last_used(digest(user, PlaceKind::network, network)));
  return last.has_value();
}

Result<bool> KnownPlaces::enter(UserId user, const Visitor& visitor) {
  FASTNESS_ASSIGN_OR_RETURN(const bool is_new_network,
                            enter(user, PlaceKind::network, network_of(visitor.address)));
  if (visitor.browser.empty()) return is_new_network;
  FASTNESS_ASSIGN_OR_RETURN(const bool is_new_browser,
                            enter(user, PlaceKind::browser, visitor.browser));
  return is_new_network || is_new_browser;
}

Result<bool> KnownPlaces::enter(UserId user, PlaceKind kind, std::string_view name) {
  const crypto::Digest place = digest(user, kind, name);
  const Timestamp now = clock_.now();
  FASTNESS_ASSIGN_OR_RETURN(const bool has_others, store_.has_places(user, kind));
  FASTNESS_ASSIGN_OR_RETURN(const auto last, store_.place_last_used(place));
  FASTNESS_RETURN_IF_ERROR(store_.remember_place(place, user, kind, now));
  return has_others && (!last || *last < now - kRemembered);
}

Result<bool> KnownPlaces::enter_route(UserId user, std::string_view route) {
  const crypto::Digest place = digest(user, PlaceKind::route, route);
  const Timestamp now = clock_.now();
  FASTNESS_ASSIGN_OR_RETURN(const auto last, store_.place_last_used(place));
  FASTNESS_RETURN_IF_ERROR(store_.remember_place(place, user, PlaceKind::route, now));
  return !last || *last < now - kRemembered;
}

crypto::Digest KnownPlaces::digest(UserId user, PlaceKind kind, std::string_view name) const {
  const std::string text =
      std::string(prefix_of(kind)) + user.value().to_text() + ":" + std::string(name);
  return crypto::hmac_sha256(keys_.session, as_bytes(text));
}

}  // namespace fastness::accounts
