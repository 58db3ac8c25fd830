#include "storage/attached_source.h"

#include <string>
#include <vector>

#include <sqlite3.h>
#include <unistd.h>

#include "base/bytes.h"
#include "storage/connection.h"
#include "storage/database_key.h"

namespace fastness::storage {
namespace {

// How something of a database was made, in the words of that database. With Sql the only text that
// SQLite is given to run: it is read from nowhere but here.
class OwnSchema {
 public:
  // In an order in which each can be made.
  [[nodiscard]] static Result<std::vector<OwnSchema>> of_source(Database& database) {
    FASTNESS_ASSIGN_OR_RETURN(
        auto rows, database.query<std::string>("SELECT sql FROM source.sqlite_schema"
                                               " WHERE sql IS NOT NULL"
                                               " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                                               " ORDER BY type = 'table' DESC, rowid"));
    std::vector<OwnSchema> all;
    all.reserve(rows.size());
    for (auto& [text] : rows) all.push_back(OwnSchema(std::move(text)));
    return all;
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  explicit OwnSchema(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

}  // namespace

Result<AttachedSource> AttachedSource::attach(Database& database, const std::filesystem::path& path,
                                              const crypto::SecretBytes& key) {
  FASTNESS_RETURN_IF_ERROR(check_size(key));
  // SQLite would make one.
  if (::access(path.c_str(), R_OK) != 0) {
    return fail(Errc::unavailable, "database: cannot read " + path.filename().string());
  }
  FASTNESS_RETURN_IF_ERROR(choose_cipher(database.connection_->handle()));
  const crypto::SecretBytes text = spelled(key);
  const auto attached = database.run("ATTACH DATABASE ? AS source KEY ?", path.string(),
                                     as_text(ByteView(text.reveal())));
  if (!attached) {
    return fail(Errc::corrupted, "database: the key of the source is wrong or the file is damaged");
  }
  return AttachedSource(database);
}

Result<void> AttachedSource::make_its_tables() {
  FASTNESS_ASSIGN_OR_RETURN(const auto schema, OwnSchema::of_source(*attached_to_));
  sqlite3* handle = attached_to_->connection_->handle();
  for (const OwnSchema& own : schema) {
    const int code = sqlite3_exec(handle, own.text().c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return Unexpected<Error>{sqlite_error(handle, code)};
  }
  return {};
}

void AttachedSource::Detach::operator()(Database* database) const {
  static_cast<void>(database->run_script("DETACH DATABASE source"));
}

}  // namespace fastness::storage
