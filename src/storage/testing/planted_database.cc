#include "storage/testing/planted_database.h"

#include <functional>
#include <memory>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "base/bytes.h"

namespace fastness::storage::testing {
namespace {

using Handle = std::unique_ptr<sqlite3, decltype(&sqlite3_close_v2)>;
using Values = std::vector<std::optional<std::string>>;

// Past storage::Database, which runs no text that was put together.
Handle open_raw(const std::filesystem::path& path, const crypto::SecretBytes& key) {
  sqlite3* raw = nullptr;
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
  sqlite3mc_config(raw, "cipher", sqlite3mc_cipher_index("sqlcipher"));
  const std::string spelled = "x'" + to_hex(ByteView(key.reveal())) + "'";
  EXPECT_EQ(sqlite3_key(raw, spelled.data(), static_cast<int>(spelled.size())), SQLITE_OK);
  return {raw, sqlite3_close_v2};
}

std::vector<Values> ask(const Handle& database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(database.get(), sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
      << sql << ": " << sqlite3_errmsg(database.get());
  std::vector<Values> rows;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    Values row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, i));
      const bool is_null = sqlite3_column_type(statement, i) == SQLITE_NULL;
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
      row.push_back(
          is_null ? std::nullopt
                  : std::optional(bytes == nullptr ? std::string() : std::string(bytes, size)));
    }
    rows.push_back(std::move(row));
  }
  EXPECT_EQ(code, SQLITE_DONE) << sql << ": " << sqlite3_errmsg(database.get());
  sqlite3_finalize(statement);
  return rows;
}

std::vector<std::string> tables_of(const Handle& database) {
  std::vector<std::string> names;
  for (const Values& row : ask(database,
                               "SELECT name FROM sqlite_schema WHERE type = 'table'"
                               " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")) {
    names.push_back(*row.at(0));
  }
  return names;
}

// The column that each column refers to, if it does.
std::map<std::string, std::pair<std::string, std::string>> references_of(const Handle& database,
                                                                         const std::string& table) {
  std::map<std::string, std::pair<std::string, std::string>> found;
  for (const Values& row :
       ask(database,
           "SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list('" + table + "')")) {
    std::string column = row.at(2).value_or("");
    if (column.empty()) {
      column =
          *ask(database, "SELECT name FROM pragma_table_info('" + *row.at(1) + "') WHERE pk = 1")
               .at(0)
               .at(0);
    }
    found[*row.at(0)] = {*row.at(1), column};
  }
  return found;
}

// The same for the same column, whenever it is asked. SQLite gives numbers out as they are spelled.
std::string value_for(const std::string& table, const std::string& column,
                      const std::string& type) {
  const std::size_t number = std::hash<std::string>()(table + "." + column);
  if (type == "INTEGER") {
    return std::to_string(1'000'000'000'000'000 + number % 8'000'000'000'000'000);
  }
  if (type == "REAL") return std::to_string(1'000'000 + number % 8'000'000) + ".5";
  return "planted-" + table + "." + column;
}

std::string type_of(const Handle& database, const std::string& table, const std::string& column) {
  const auto rows = ask(database, "SELECT type FROM pragma_table_info('" + table +
                                      "') WHERE name = '" + column + "'");
  return *rows.at(0).at(0);
}

std::string literal(const std::string& value, const std::string& type) {
  if (type == "INTEGER" || type == "REAL") return value;
  const std::string hex = to_hex(as_bytes(value));
  return type == "TEXT" ? "CAST(x'" + hex + "' AS TEXT)" : "x'" + hex + "'";
}

}  // namespace

Planted plant_everywhere(const std::filesystem::path& path, const crypto::SecretBytes& key) {
  const Handle database = open_raw(path, key);
  ask(database, "PRAGMA foreign_keys = OFF");
  ask(database, "PRAGMA ignore_check_constraints = ON");
  Planted planted;
  for (const std::string& table : tables_of(database)) {
    const auto references = references_of(database, table);
    std::string columns;
    std::string values;
    for (const Values& row :
         ask(database, "SELECT name, type FROM pragma_table_info('" + table + "')")) {
      const auto& [name, type] = std::pair(*row.at(0), *row.at(1));
      const auto refers = references.find(name);
      const std::string value =
          refers == references.end()
              ? value_for(table, name, type)
              : value_for(refers->second.first, refers->second.second,
                          type_of(database, refers->second.first, refers->second.second));
      planted[{table, name}] = value;
      columns += (columns.empty() ? "\"" : ", \"") + name + "\"";
      values += (values.empty() ? "" : ", ") + literal(value, type);
    }
    ask(database, "INSERT INTO \"" + table + "\" (" + columns + ") VALUES (" + values + ")");
  }
  return planted;
}

std::map<std::string, std::vector<Row>> read_everything(const std::filesystem::path& path,
                                                        const crypto::SecretBytes& key) {
  const Handle database = open_raw(path, key);
  std::map<std::string, std::vector<Row>> everything;
  for (const std::string& table : tables_of(database)) {
    std::vector<std::string> names;
    for (const Values& row : ask(database, "SELECT name FROM pragma_table_info('" + table + "')")) {
      names.push_back(*row.at(0));
    }
    std::vector<Row>& rows = everything[table];
    for (const Values& values : ask(database, "SELECT * FROM \"" + table + "\"")) {
      Row row;
      for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = values.at(i);
      rows.push_back(std::move(row));
    }
  }
  return everything;
}

}  // namespace fastness::storage::testing
