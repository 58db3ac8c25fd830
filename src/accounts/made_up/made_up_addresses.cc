#include "accounts/made_up/made_up_addresses.h"

namespace fastness::accounts {

std::string made_up_address(std::uint64_t place) {
  return "user-" + std::to_string(place) + "@example.invalid";
}

Result<std::uint64_t> give_made_up_addresses(storage::Database& database, Users& users) {
  // The place counts all, so that it is the same after a run that was cut off.
  FASTNESS_ASSIGN_OR_RETURN(
      const auto nameless,
      (database.query<UserId, std::string, std::uint64_t>(
          "SELECT p.id, o.name, p.place FROM (SELECT id, organisation, sealed_email,"
          "  row_number() OVER (ORDER BY created_at, id) AS place FROM user) p"
          " JOIN organisation o ON o.id = p.organisation WHERE p.sealed_email = x''")));
  for (const auto& [id, organisation, place] : nameless) {
    FASTNESS_ASSIGN_OR_RETURN(const User user, users.find(id));
    FASTNESS_RETURN_IF_ERROR(users.rename(user, made_up_address(place), organisation));
  }
  return nameless.size();
}

}  // namespace fastness::accounts
