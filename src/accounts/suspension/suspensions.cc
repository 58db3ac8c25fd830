#include "accounts/suspension/suspensions.h"

#include <array>

#include "base/text_line.h"
#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

constexpr std::array<storage::Migration, 1> kSuspensionMigrations{{
    {1, R"sql(
      CREATE TABLE suspension (
        user   BLOB PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
        since  INTEGER NOT NULL,
        reason TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    )sql"},
}};

}  // namespace

Result<void> Suspensions::prepare(storage::Database& database) {
  return storage::migrate(database, "suspension", kSuspensionMigrations);
}

Result<void> Suspensions::load() {
  FASTNESS_ASSIGN_OR_RETURN(auto rows, (database_.query<UserId, Timestamp, std::string>(
                                           "SELECT user, since, reason FROM suspension")));
  suspended_.clear();
  for (auto& [user, since, reason] : rows) took_effect({user, since, std::move(reason)});
  return {};
}

const Suspension* Suspensions::find(UserId user) const {
  const auto found = suspended_.find(user);
  return found == suspended_.end() ? nullptr : &found->second;
}

Result<void> Suspensions::admit(UserId user) const {
  if (!has(user)) return {};
  return fail(Errc::permission_denied, "the host suspended this account");
}

Result<void> Suspensions::check(const Suspension& suspension) const {
  if (suspension.reason.empty() || !is_line(suspension.reason, kReasonBytes)) {
    return fail(Errc::invalid_argument, "reason must be one line of 1 to 300 bytes");
  }
  if (has(suspension.user)) return fail(Errc::already_exists, "the account is suspended already");
  return {};
}

Result<void> Suspensions::store(const Suspension& suspension) {
  FASTNESS_RETURN_IF_ERROR(
      database_.run("INSERT INTO suspension (user, since, reason) VALUES (?, ?, ?)",
                    suspension.user, suspension.since, suspension.reason));
  return {};
}

void Suspensions::took_effect(const Suspension& suspension) {
  suspended_.insert_or_assign(suspension.user, suspension);
}

Result<void> Suspensions::remove(UserId user) {
  if (!has(user)) return fail(Errc::not_found, "the account is not suspended");
  FASTNESS_RETURN_IF_ERROR(database_.run("DELETE FROM suspension WHERE user = ?", user));
  return {};
}

}  // namespace fastness::accounts
