#include "identity/authority/rotation_store.h"

#include <array>

#include "storage/migrations.h"

namespace fastness::identity {
namespace {

using vault_ipc::GenerationId;

constexpr std::array<storage::Migration, 1> kMigrations{{
    {1, R"(
CREATE TABLE identity_rotation (
  number INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  from_generation INTEGER NOT NULL,
  to_generation INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  issue_at INTEGER NOT NULL,
  board_cut_off INTEGER,
  reason TEXT NOT NULL,
  step INTEGER NOT NULL,
  ended_at INTEGER
);
CREATE UNIQUE INDEX identity_rotation_open ON identity_rotation (ended_at IS NULL)
  WHERE ended_at IS NULL;
)"},
}};

bool is_known(const Rotation& rotation) {
  const bool is_kind =
      rotation.kind == RotationKind::routine || rotation.kind == RotationKind::emergency;
  return is_kind && rotation.step >= RotationStep::preparing &&
         rotation.step <= RotationStep::superseded;
}

}  // namespace

Result<RotationStore> RotationStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "identity_rotation", kMigrations));
  return RotationStore(database);
}

Result<std::optional<Rotation>> RotationStore::last() {
  FASTNESS_ASSIGN_OR_RETURN(
      auto row,
      (database_->query_one<std::int64_t, RotationKind, GenerationId, GenerationId, Timestamp,
                            Timestamp, std::optional<Timestamp>, std::string, RotationStep,
                            std::optional<Timestamp>>(
          "SELECT number, kind, from_generation, to_generation, began_at, issue_at, board_cut_off,"
          " reason, step, ended_at FROM identity_rotation ORDER BY number DESC LIMIT 1")));
  if (!row) return std::optional<Rotation>();
  auto& [number, kind, from, to, began_at, issue_at, cut_off, reason, step, ended_at] = *row;
  Rotation rotation{number, kind, from, to, began_at, issue_at, cut_off, reason, step, ended_at};
  if (!is_known(rotation)) {
    return fail(Errc::corrupted, "a rotation is of a kind or at a step that nobody knows");
  }
  return std::optional(std::move(rotation));
}

Result<Rotation> RotationStore::begin(Rotation rotation) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_rotation SET step = ?, ended_at = ? WHERE ended_at IS NULL",
                     RotationStep::superseded, rotation.began_at));
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO identity_rotation (kind, from_generation, to_generation, began_at, issue_at,"
      " board_cut_off, reason, step) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      rotation.kind, rotation.from, rotation.to, rotation.began_at, rotation.issue_at,
      rotation.board_cut_off, rotation.reason, rotation.step));
  FASTNESS_ASSIGN_OR_RETURN(const auto begun, last());
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  rotation.number = begun ? begun->number : 0;
  return rotation;
}

Result<void> RotationStore::set_step(const Rotation& rotation, RotationStep step, Timestamp now) {
  const std::optional<Timestamp> ended_at = is_over(step) ? std::optional(now) : std::nullopt;
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_rotation SET step = ?, ended_at = ? WHERE number = ?", step,
                     ended_at, rotation.number));
  return {};
}

}  // namespace fastness::identity
