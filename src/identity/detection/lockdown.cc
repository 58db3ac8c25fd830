#include "identity/detection/lockdown.h"

#include <array>

#include "storage/migrations.h"

namespace fastness::identity {
namespace {

// One row for each that ever was: those that ended stay, for whoever asks what happened.
constexpr std::array<storage::Migration, 1> kLockdownMigrations{{
    {1, R"(
CREATE TABLE identity_lockdown (
  number INTEGER PRIMARY KEY,
  generation INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  ended_at INTEGER
);
CREATE UNIQUE INDEX identity_lockdown_open ON identity_lockdown ((ended_at IS NULL))
  WHERE ended_at IS NULL;
)"},
}};

}  // namespace

Result<Lockdown> Lockdown::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "identity_lockdown", kLockdownMigrations));
  Lockdown lockdown(database);
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows, (database.query<vault_ipc::GenerationId, Timestamp>(
                           "SELECT generation, began_at FROM identity_lockdown WHERE ended_at IS"
                           " NULL")));
  for (const auto& [generation, since] : rows) lockdown.now_ = Locked{generation, since};
  return lockdown;
}

Result<void> Lockdown::check_open() const {
  if (!now_) return {};
  return fail(Errc::unavailable, "enrolment is locked: fastness ca unlock ends it");
}

Result<void> Lockdown::begin(vault_ipc::GenerationId generation, Timestamp at) {
  if (!now_) {
    now_ = Locked{generation, at};
    is_kept_ = false;
  }
  return keep();
}

Result<void> Lockdown::keep() {
  if (is_kept_ || !now_) return {};
  FASTNESS_RETURN_IF_ERROR(
      database_->run("INSERT INTO identity_lockdown (generation, began_at) VALUES (?, ?)",
                     now_->generation, now_->since));
  is_kept_ = true;
  return {};
}

Result<Locked> Lockdown::end(Timestamp at) {
  if (!now_) return fail(Errc::not_found, "nothing is locked");
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_lockdown SET ended_at = ? WHERE ended_at IS NULL", at));
  const Locked ended = *now_;
  now_.reset();
  is_kept_ = true;
  return ended;
}

}  // namespace fastness::identity
