#include <memory>
#include <vector>

#include "backup/archive.h"
#include "backup/part.h"
#include "backup/part_reader.h"
#include "os/files/file_system.h"

namespace fastness::backup {
namespace {

// Writes what the parts say, below one directory.
class Unpacker {
 public:
  explicit Unpacker(const std::filesystem::path& directory) : directory_(directory) {}
  // Writes the file of this name, and nothing else, to `into`.
  Unpacker(std::string only, const std::filesystem::path& into)
      : directory_(into.parent_path()), only_(std::move(only)), into_(into) {}

  [[nodiscard]] bool has_found_it() const { return has_found_it_; }

  Result<void> take(const Part& part) {
    switch (part.kind) {
      case PartKind::directory:
        FASTNESS_RETURN_IF_ERROR(finish_file());
        return add_directory(part.body);
      case PartKind::file:
        FASTNESS_RETURN_IF_ERROR(finish_file());
        return begin_file(part.body);
      case PartKind::contents:
        return add_contents(part.body);
      case PartKind::end:
        FASTNESS_RETURN_IF_ERROR(finish_file());
        return check_end(part.body);
    }
    return {};
  }

  // Makes every name durable.
  Result<Packed> finish() {
    for (auto made = made_.rbegin(); made != made_.rend(); ++made) {
      FASTNESS_RETURN_IF_ERROR(files_.sync_directory(*made));
    }
    FASTNESS_RETURN_IF_ERROR(files_.sync_directory(directory_));
    return packed_;
  }

 private:
  Result<std::filesystem::path> place_of(ByteView name) const {
    if (!is_safe_path(as_text(name))) {
      return fail(Errc::corrupted, "the backup names a file that would lie outside");
    }
    return directory_ / as_text(name);
  }

  Result<void> add_directory(ByteView name) {
    FASTNESS_ASSIGN_OR_RETURN(const std::filesystem::path path, place_of(name));
    if (!only_.empty()) return {};
    FASTNESS_RETURN_IF_ERROR(files_.create_directory(path));
    made_.push_back(path);
    return {};
  }

  Result<void> begin_file(ByteView name) {
    FASTNESS_ASSIGN_OR_RETURN(std::filesystem::path path, place_of(name));
    is_in_file_ = true;
    size_ = 0;
    if (!only_.empty()) {
      if (as_text(name) != only_) return {};
      has_found_it_ = true;
      path = into_;
    }
    auto file = files_.open(path, os::OpenMode::create_new);
    if (!file && file.error().code == Errc::already_exists) {
      return fail(Errc::corrupted, "the backup has a file twice, or its directory is not empty");
    }
    if (!file) return propagate(std::move(file));
    file_ = std::move(file).value();
    return {};
  }

  Result<void> add_contents(ByteView bytes) {
    if (!is_in_file_) return fail(Errc::corrupted, "the backup has contents of no file");
    if (file_) {
      FASTNESS_RETURN_IF_ERROR(file_->write_at(size_, bytes));
    }
    size_ += bytes.size();
    packed_.bytes += bytes.size();
    return {};
  }

  Result<void> finish_file() {
    if (!is_in_file_) return {};
    is_in_file_ = false;
    if (file_) {
      FASTNESS_RETURN_IF_ERROR(file_->sync_data());
    }
    file_.reset();
    ++packed_.files;
    return {};
  }

  Result<void> check_end(ByteView body) const {
    ByteReader in(body);
    const bool is_all = in.u64() == packed_.files && in.u64() == packed_.bytes;
    FASTNESS_RETURN_IF_ERROR(in.finish("the end of the backup"));
    if (is_all) return {};
    return fail(Errc::corrupted, "the backup holds less than it says");
  }

  std::filesystem::path directory_;
  os::PosixFileSystem files_;
  std::string only_;  // empty: all of them
  std::filesystem::path into_;
  bool has_found_it_ = false;
  bool is_in_file_ = false;
  std::unique_ptr<os::File> file_;  // that is being written; null for one that is left out
  std::uint64_t size_ = 0;
  std::vector<std::filesystem::path> made_;
  Packed packed_;
};

Result<Packed> unpack_into(int file, const Ticket& ticket, Unpacker& unpacker) {
  FASTNESS_ASSIGN_OR_RETURN(PartReader reader, PartReader::begin(file, ticket));
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const Part part, reader.next());
    FASTNESS_RETURN_IF_ERROR(unpacker.take(part));
    if (part.kind == PartKind::end) break;
  }
  FASTNESS_RETURN_IF_ERROR(reader.expect_end_of_file());
  return unpacker.finish();
}

}  // namespace

Result<Packed> unpack(int file, const std::filesystem::path& directory, const Ticket& ticket) {
  Unpacker unpacker(directory);
  return unpack_into(file, ticket, unpacker);
}

Result<void> unpack_file(int file, const std::string& name, const std::filesystem::path& into,
                         const Ticket& ticket) {
  Unpacker unpacker(name, into);
  FASTNESS_RETURN_IF_ERROR(unpack_into(file, ticket, unpacker));
  if (unpacker.has_found_it()) return {};
  return fail(Errc::not_found, "the backup has no " + name);
}

Result<Packed> unpack_whole(int file, const std::filesystem::path& directory,
                            const Ticket& ticket) {
  FASTNESS_RETURN_IF_ERROR(go_behind_head(file, ticket));
  return unpack(file, directory, ticket);
}

}  // namespace fastness::backup
