// The tables of second factors; see accounts_store.h.
#include <tuple>

#include "accounts/accounts_store.h"

namespace fastness::accounts {
Result<void> AccountsStore::set_factor(UserId user, const StoredFactor& factor,
                                       std::uint64_t last_step) {
  return done(database_.run(
      "INSERT INTO factor (user, sealed_secret, since, last_step) VALUES (?, ?, ?, ?)"
      " ON CONFLICT (user) DO UPDATE SET sealed_secret = excluded.sealed_secret,"
      " since = excluded.since, last_step = excluded.last_step",
      user, factor.sealed_secret, factor.since, static_cast<std::int64_t>(last_step)));
}

Result<std::optional<StoredFactor>> AccountsStore::factor(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto row,
                            (database_.query_one<Bytes, Timestamp>(
                                "SELECT sealed_secret, since FROM factor WHERE user = ?", user)));
  if (!row) return std::optional<StoredFactor>();
  return std::optional<StoredFactor>({std::move(std::get<0>(*row)), std::get<1>(*row)});
}

Result<bool> AccountsStore::use_step(UserId user, std::uint64_t step) {
  const auto number = static_cast<std::int64_t>(step);
  FASTNESS_ASSIGN_OR_RETURN(
      const std::int64_t changed,
      database_.run("UPDATE factor SET last_step = ?1 WHERE user = ?2 AND last_step < ?1", number,
                    user));
  return changed == 1;
}

Result<void> AccountsStore::remove_factor(UserId user) {
  return done(database_.run("DELETE FROM factor WHERE user = ?", user));
}

Result<void> AccountsStore::insert_recovery_code(UserId user, const crypto::Digest& code) {
  return done(database_.run("INSERT INTO recovery_code (digest, user) VALUES (?, ?)", code, user));
}

Result<bool> AccountsStore::use_recovery_code(UserId user, const crypto::Digest& code) {
  FASTNESS_ASSIGN_OR_RETURN(
      const std::int64_t changed,
      database_.run("DELETE FROM recovery_code WHERE digest = ? AND user = ?", code, user));
  return changed == 1;
}

Result<std::size_t> AccountsStore::recovery_codes(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto row,
                            (database_.query_one<std::int64_t>(
                                "SELECT count(*) FROM recovery_code WHERE user = ?", user)));
  return row ? static_cast<std::size_t>(std::get<0>(*row)) : 0;
}

Result<void> AccountsStore::reseal_factor(UserId user, const Bytes& sealed_secret) {
  return done(
      database_.run("UPDATE factor SET sealed_secret = ? WHERE user = ?", sealed_secret, user));
}

Result<void> AccountsStore::remove_recovery_codes(UserId user) {
  return done(database_.run("DELETE FROM recovery_code WHERE user = ?", user));
}

Result<void> AccountsStore::set_factor_reset(UserId user, std::optional<Timestamp> at) {
  return done(database_.run("UPDATE user SET factor_reset_at = ? WHERE id = ?", at, user));
}

Result<std::optional<Timestamp>> AccountsStore::factor_reset(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto row,
                            (database_.query_one<std::optional<Timestamp>>(
                                "SELECT factor_reset_at FROM user WHERE id = ?", user)));
  return row ? std::get<0>(*row) : std::optional<Timestamp>();
}

}  // namespace fastness::accounts
