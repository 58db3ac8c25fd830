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
    FASTNESS_RETURN_IF_ERROR(files_.create_directory(path));
    made_.push_back(path);
    return {};
  }

  Result<void> begin_file(ByteView name) {
    FASTNESS_ASSIGN_OR_RETURN(const std::filesystem::path path, place_of(name));
    auto file = files_.open(path, os::OpenMode::create_new);
    if (!file && file.error().code == Errc::already_exists) {
      return fail(Errc::corrupted, "the backup has a file twice, or its directory is not empty");
    }
    if (!file) return propagate(std::move(file));
    file_ = std::move(file).value();
    size_ = 0;
    return {};
  }

  Result<void> add_contents(ByteView bytes) {
    if (!file_) return fail(Errc::corrupted, "the backup has contents of no file");
    FASTNESS_RETURN_IF_ERROR(file_->write_at(size_, bytes));
    size_ += bytes.size();
    packed_.bytes += bytes.size();
    return {};
  }

  Result<void> finish_file() {
    if (!file_) return {};
    FASTNESS_RETURN_IF_ERROR(file_->sync_data());
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
  std::unique_ptr<os::File> file_;  // that is being written
  std::uint64_t size_ = 0;
  std::vector<std::filesystem::path> made_;
  Packed packed_;
};

}  // namespace

Result<Packed> unpack(int file, const std::filesystem::path& directory, const Ticket& ticket) {
  FASTNESS_ASSIGN_OR_RETURN(PartReader reader, PartReader::begin(file, ticket));
  Unpacker unpacker(directory);
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const Part part, reader.next());
    FASTNESS_RETURN_IF_ERROR(unpacker.take(part));
    if (part.kind == PartKind::end) break;
  }
  FASTNESS_RETURN_IF_ERROR(reader.expect_end_of_file());
  return unpacker.finish();
}

}  // namespace fastness::backup
