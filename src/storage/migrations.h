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
// `invalid_argument` if the steps are not numbered 1, 2, 3...; `corrupted` if the text of a step
// has changed since it was applied; `unavailable` if the database has steps that this program does
// not know, because a newer release wrote it. Nothing is changed then.
[[nodiscard]] Result<void> migrate(Database& database, std::string_view component,
                                   std::span<const Migration> steps);

}  // namespace fastness::storage
