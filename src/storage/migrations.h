#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "storage/database.h"
#include "storage/sql.h"

namespace fastness::storage {

// One step of a component's tables. Numbers count from 1 without gaps. Once released, a step is
// never edited: later steps correct it.
struct Migration {
  int number;
  Sql sql;
};

// Brings the tables of `component` up to the last of `steps`, forward only, each step in a
// transaction of its own. What is applied already is skipped.
//
// Before the first step that changes tables which are there, the whole database is copied beside
// its file, sealed under the same key, as FILE.before-migration. Without that copy nothing is
// changed: `exhausted` if the disk has no room for it. One in memory is not copied.
//
// `invalid_argument` if the steps are not numbered 1, 2, 3...; `corrupted` if the text of a step
// has changed since it was applied; `unavailable` if the database has steps that this program does
// not know, because a newer release wrote it. Nothing is changed then.
[[nodiscard]] Result<void> migrate(Database& database, std::string_view component,
                                   std::span<const Migration> steps);

// When all components are brought up to date: the copy becomes FILE.before-upgrade, in the place of
// one of an earlier upgrade. Whether there was one. Not before: if a start is cut off between two
// components, the next one must keep the copy that has none of the steps.
[[nodiscard]] Result<bool> finish_migrations(Database& database);

}  // namespace fastness::storage
