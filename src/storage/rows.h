#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "storage/database.h"

namespace fastness::storage {

// The rows of a query whose columns have a name as a whole: `using UserRow = std::tuple<UserId,
// std::string>`, then `Rows<UserRow>::all(database, "SELECT …", argument)`. As Database::query and
// Statement::row, with the columns named once for all queries that share them.
template <typename Row>
struct Rows;

template <typename... Ts>
struct Rows<std::tuple<Ts...>> {
  template <typename... Args>
  [[nodiscard]] static Result<std::vector<std::tuple<Ts...>>> all(Database& database, Sql sql,
                                                                  const Args&... args) {
    return database.query<Ts...>(sql, args...);
  }

  template <typename... Args>
  [[nodiscard]] static Result<std::optional<std::tuple<Ts...>>> first(Database& database, Sql sql,
                                                                      const Args&... args) {
    return database.query_one<Ts...>(sql, args...);
  }

  [[nodiscard]] static Result<std::tuple<Ts...>> at(const Statement& statement) {
    return statement.row<Ts...>();
  }
};

}  // namespace fastness::storage
