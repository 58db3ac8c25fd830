#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "journal/record.h"
#include "os/files/file_system.h"

namespace fastness::journal {

// How far each consumer has come: the first position that it may still want to see again. Kept in
// one small file that is replaced whole. Thread-compatible.
class Checkpoints {
 public:
  // Reads the file. Consumers that it does not know begin at 1; consumers that are not listed are
  // forgotten. `corrupted` if the file is damaged.
  [[nodiscard]] static Result<Checkpoints> open(os::FileSystem& files, std::filesystem::path path,
                                                const std::vector<std::string>& consumers);

  // 1 if there is no such consumer.
  [[nodiscard]] Position of(std::string_view consumer) const;
  // What every consumer is done with lies below this. `none` if there are no consumers.
  [[nodiscard]] Position lowest(Position none) const;

  // Moves a consumer forward and stores it. Moving back or an unknown consumer changes nothing.
  [[nodiscard]] Result<void> advance(std::string_view consumer, Position next);

  // Moves back whoever is ahead of `end`, and stores it: a power cut took records back that had
  // been consumed (only without fsync), and their positions will come again.
  [[nodiscard]] Result<void> limit(Position end);

 private:
  Checkpoints(os::FileSystem& files, std::filesystem::path path)
      : files_(&files), path_(std::move(path)) {}
  [[nodiscard]] Result<void> store() const;

  os::FileSystem* files_;
  std::filesystem::path path_;
  std::map<std::string, Position, std::less<>> next_;
};

}  // namespace fastness::journal
