#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/child.h"
#include "config/config.h"
#include "os/files/private_directory.h"

namespace fastness::supervisor {

// A data directory, held by this process alone for as long as this object lives.
//
//   vault/        the vault's own; nobody else opens it
//   hub/ run/ trust/ admin/   the hub's
//   setup-link    a link to hub/setup-link, which the hub writes and removes
//   lock          held while an instance runs
class InstanceDirectory {
 public:
  // Makes what is missing. `already_exists` if an instance is running on it.
  [[nodiscard]] static Result<InstanceDirectory> open(
      const std::string& path, const std::optional<config::ChildUsers>& users);

  // The same for a command that makes nothing: `not_found` if there is no instance, `if_held` if
  // one is running on it or another command works on it.
  [[nodiscard]] static Result<InstanceDirectory> open_existing(
      const std::string& path, const std::optional<config::ChildUsers>& users,
      const Error& if_held);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  InstanceDirectory(std::string path, os::DirectoryLock lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  os::DirectoryLock lock_;
};

// What is said where there is none.
[[nodiscard]] Error no_instance_in(const std::string& data_directory);

[[nodiscard]] std::string setup_link_path(const std::string& data_directory);
[[nodiscard]] std::string admin_socket_folder(const std::string& data_directory);

// How fastness-vault is told about its part of the configuration.
[[nodiscard]] std::vector<std::string> vault_arguments(
    const config::Config& config, const std::optional<config::ChildUsers>& users);

// What this process and everything it starts may reach.
[[nodiscard]] std::vector<std::string> readable_paths(const config::Config& config);
[[nodiscard]] std::vector<std::string> writable_paths(const config::Config& config);

}  // namespace fastness::supervisor
