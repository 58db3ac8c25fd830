#include "accounts/travel/travels.h"

#include <array>
#include <tuple>
#include <utility>

#include "keys/content_keys.h"
#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

constexpr std::array<storage::Migration, 1> kTravelMigrations{{
    {1, R"sql(
      CREATE TABLE account_stay (
        user          BLOB PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
        sealed_region BLOB NOT NULL,
        at            INTEGER NOT NULL
      ) STRICT;
    )sql"},
}};

keys::Address region_address(const User& user) {
  return {user.organisation, keys::FieldId::account_stay, user.id, user.id};
}

Bytes region_bytes(Region region) {
  Bytes plain;
  ByteWriter out(plain);
  out.u16(static_cast<std::uint16_t>(region.latitude));
  out.u16(static_cast<std::uint16_t>(region.longitude));
  return plain;
}

}  // namespace

Result<void> Travels::prepare(storage::Database& database) {
  return storage::migrate(database, "account_stay", kTravelMigrations);
}

Result<bool> Travels::arrive(const User& user, std::string_view address) {
  const auto place = look_up_ ? look_up_(address) : std::nullopt;
  if (!place) return false;
  const Stay here{Region::of(*place), clock_.now()};
  FASTNESS_ASSIGN_OR_RETURN(const auto before, last(user));
  FASTNESS_RETURN_IF_ERROR(keep(user, here));
  if (!before || can_be_travelled(*before, here)) return false;
  return places_.enter_route(user.id, route_between(before->region, here.region));
}

Result<std::optional<Stay>> Travels::last(const User& user) {
  const std::optional<Stay> none;
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row, (database_.query_one<Bytes, Timestamp>(
                          "SELECT sealed_region, at FROM account_stay WHERE user = ?", user.id)));
  if (!row) return none;
  const auto& [sealed, at] = *row;
  // What cannot be read now says nothing, and is no reason to keep anybody out.
  const auto plain = content_.open(region_address(user), sealed);
  if (!plain) return none;
  ByteReader in(*plain);
  const Region region{static_cast<std::int16_t>(in.u16()), static_cast<std::int16_t>(in.u16())};
  return in.finish("a stay") ? std::optional(Stay{region, at}) : none;
}

// What cannot be sealed now is not kept, and neither is the place of before, which is no longer the
// last.
Result<void> Travels::keep(const User& user, const Stay& stay) {
  const auto sealed = content_.seal(region_address(user), region_bytes(stay.region));
  if (!sealed) return forget(user.id);
  FASTNESS_RETURN_IF_ERROR(
      database_.run("INSERT INTO account_stay (user, sealed_region, at) VALUES (?, ?, ?)"
                    " ON CONFLICT (user) DO UPDATE SET sealed_region = excluded.sealed_region,"
                    " at = excluded.at",
                    user.id, *sealed, stay.at));
  return {};
}

Result<void> Travels::forget(UserId user) {
  FASTNESS_RETURN_IF_ERROR(database_.run("DELETE FROM account_stay WHERE user = ?", user));
  return {};
}

Result<void> Travels::forget_old() {
  FASTNESS_RETURN_IF_ERROR(
      database_.run("DELETE FROM account_stay WHERE at < ?", clock_.now() - kLongestTravel));
  return {};
}

}  // namespace fastness::accounts
