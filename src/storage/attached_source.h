#pragma once

#include <filesystem>

#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "storage/database.h"

namespace fastness::storage {

// Another database beside one, sealed under its own key. Statements of that one read its tables as
// `source.NAME`. For copying what is to come along into a database that is made anew. Lives on the
// database's executor, and must end before it.
class AttachedSource {
 public:
  // `corrupted` if the key is wrong or the file damaged, `unavailable` if there is no such file.
  [[nodiscard]] static Result<AttachedSource> attach(Database& database,
                                                     const std::filesystem::path& path,
                                                     const crypto::SecretBytes& key);
  AttachedSource(AttachedSource&&) noexcept = default;
  AttachedSource& operator=(AttachedSource&&) = delete;
  AttachedSource(const AttachedSource&) = delete;
  AttachedSource& operator=(const AttachedSource&) = delete;
  ~AttachedSource() = default;

  // Makes every table, index and view that the source has in the database, empty, as the source
  // says they were made. `already_exists` if one is there; call it within a transaction.
  [[nodiscard]] Result<void> make_its_tables();

 private:
  struct Detach {
    void operator()(Database* database) const;
  };
  explicit AttachedSource(Database& database) : attached_to_(&database) {}

  std::unique_ptr<Database, Detach> attached_to_;  // does not own: detaches
};

}  // namespace fastness::storage
