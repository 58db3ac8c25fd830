#pragma once

#include <cstdint>
#include <filesystem>

#include <sys/types.h>

#include "base/result.h"

namespace fastness::cli {

// What memory the hub of an instance on this machine has.
class HubMemory {
 public:
  // By the instance's data directory, whose admin socket the hub listens on: whoever may reach that
  // may look. `not_found` if no instance runs there.
  [[nodiscard]] static Result<HubMemory> find(const std::filesystem::path& data_directory);

  // Resident bytes. `not_found` if that process is gone.
  [[nodiscard]] Result<std::int64_t> resident() const;

 private:
  explicit HubMemory(pid_t process) : process_(process) {}

  pid_t process_;
};

}  // namespace fastness::cli
