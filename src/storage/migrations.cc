#include "storage/migrations.h"

#include <cstdint>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace fastness::storage {
namespace {

constexpr const char* kBefore = ".before-migration";
constexpr const char* kBeforeUpgrade = ".before-upgrade";

// FNV-1a: it finds an edited step, and nobody is to be kept from making one on purpose.
std::int64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  }
  return static_cast<std::int64_t>(hash);
}

Result<void> check_numbers(std::string_view component, std::span<const Migration> steps) {
  int expected = 1;
  for (const Migration& step : steps) {
    if (step.number == expected++) continue;
    return fail(Errc::invalid_argument,
                "migrations of " + std::string(component) + " are not numbered 1, 2, 3...");
  }
  return {};
}

Result<void> check_applied(Database& database, std::string_view component,
                           std::span<const Migration> steps, std::size_t& applied) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      database.query<std::int64_t>(
          "SELECT fingerprint FROM storage_migration WHERE component = ? ORDER BY number",
          component));
  if (rows.size() > steps.size()) {
    return fail(Errc::unavailable,
                "the tables of " + std::string(component) +
                    " were written by a newer release of this program: start that one, or "
                    "restore a backup of before");
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (std::get<0>(rows[i]) == fingerprint(steps[i].sql.text())) continue;
    return fail(Errc::corrupted, "migration " + std::to_string(i + 1) + " of " +
                                     std::string(component) + " is not the one that was applied");
  }
  applied = rows.size();
  return {};
}

// Empty for one in memory.
Result<std::filesystem::path> file_of(Database& database) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      database.query_one<std::string>(
          "SELECT coalesce(file, '') FROM pragma_database_list WHERE name = 'main'"));
  return row ? std::filesystem::path(std::get<0>(*row)) : std::filesystem::path();
}

// A file's contents or a directory's names are on the disk when this returns.
Result<void> make_durable(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (is_synced) return {};
  return fail(Errc::unavailable, "make " + path.string() + " durable");
}

Result<void> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failed;
  std::filesystem::rename(from, to, failed);
  if (failed) return fail(Errc::unavailable, "rename " + from.string() + ": " + failed.message());
  return make_durable(to.parent_path());
}

Result<void> copy_whole(Database& database, const std::filesystem::path& to) {
  constexpr int kPages = 4'096;
  FASTNESS_ASSIGN_OR_RETURN(DatabaseCopy copy, database.begin_copy(to));
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const bool is_whole, copy.step(kPages));
    if (is_whole) return {};
  }
}

// Once for all components of a start. One that is there is of a start that was cut off, and is from
// before all that has happened since.
Result<void> keep_copy(Database& database) {
  FASTNESS_ASSIGN_OR_RETURN(const std::filesystem::path file, file_of(database));
  std::error_code failed;
  if (file.empty() || std::filesystem::exists(file.string() + kBefore, failed)) return {};
  const std::filesystem::path partial = file.string() + kBefore + ".partial";
  std::filesystem::remove(partial, failed);
  if (auto copied = copy_whole(database, partial); !copied) {
    std::filesystem::remove(partial, failed);
    return fail(copied.error().code,
                "the database is of an older release, and it cannot be copied before it is "
                "changed: " +
                    copied.error().message);
  }
  FASTNESS_RETURN_IF_ERROR(make_durable(partial));
  return rename_durably(partial, file.string() + kBefore);
}

Result<void> apply(Database& database, std::string_view component, const Migration& step) {
  FASTNESS_ASSIGN_OR_RETURN(Transaction transaction, database.begin());
  FASTNESS_RETURN_IF_ERROR(database.run_script(step.sql));
  FASTNESS_RETURN_IF_ERROR(database.run("INSERT INTO storage_migration VALUES (?, ?, ?)", component,
                                        step.number, fingerprint(step.sql.text())));
  return transaction.commit();
}

}  // namespace

Result<void> migrate(Database& database, std::string_view component,
                     std::span<const Migration> steps) {
  FASTNESS_RETURN_IF_ERROR(check_numbers(component, steps));
  FASTNESS_RETURN_IF_ERROR(database.run_script(R"(
      CREATE TABLE IF NOT EXISTS storage_migration (
        component TEXT NOT NULL,
        number INTEGER NOT NULL,
        fingerprint INTEGER NOT NULL,
        PRIMARY KEY (component, number)
      ) STRICT, WITHOUT ROWID)"));
  std::size_t applied = 0;
  FASTNESS_RETURN_IF_ERROR(check_applied(database, component, steps, applied));
  if (applied > 0 && applied < steps.size()) FASTNESS_RETURN_IF_ERROR(keep_copy(database));
  for (const Migration& step : steps.subspan(applied)) {
    FASTNESS_RETURN_IF_ERROR(apply(database, component, step));
  }
  return {};
}

Result<bool> finish_migrations(Database& database) {
  FASTNESS_ASSIGN_OR_RETURN(const std::filesystem::path file, file_of(database));
  std::error_code failed;
  if (file.empty() || !std::filesystem::exists(file.string() + kBefore, failed)) return false;
  FASTNESS_RETURN_IF_ERROR(rename_durably(file.string() + kBefore, file.string() + kBeforeUpgrade));
  return true;
}

}  // namespace fastness::storage
