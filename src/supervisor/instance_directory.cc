#include "supervisor/instance_directory.h"

#include <cerrno>

#include <sys/stat.h>
#include <unistd.h>

#include "os/confinement/sandbox.h"

namespace fastness::supervisor {

namespace {

constexpr const char* kHubFolders[] = {"hub", "run", "trust", "admin"};

// With users of their own the children pass through a directory that root owns; nobody lists it.
Result<void> set_mode(const std::string& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) != 0) return os::fail_with_errno("set the mode of " + path);
  return {};
}

Result<void> make_for(const std::string& path, const os::User* user) {
  struct stat status {};
  const bool is_given = user != nullptr && ::lstat(path.c_str(), &status) == 0 &&
                        S_ISDIR(status.st_mode) && status.st_uid == user->id;
  if (is_given) return set_mode(path, 0700);
  FASTNESS_RETURN_IF_ERROR(os::make_private_directory(path));
  if (user == nullptr) return {};
  return os::give_to(path, *user);
}

Result<void> make_folders(const std::string& path, const std::optional<config::ChildUsers>& users) {
  FASTNESS_RETURN_IF_ERROR(make_for(path + "/vault", users ? &users->vault : nullptr));
  for (const char* name : kHubFolders) {
    FASTNESS_RETURN_IF_ERROR(make_for(path + "/" + name, users ? &users->hub : nullptr));
  }
  const std::string link = setup_link_path(path);
  if (::symlink("hub/setup-link", link.c_str()) != 0 && errno != EEXIST) {
    return os::fail_with_errno("make " + link);
  }
  return {};
}

// One that is there is locked before anything about it changes: the children of an instance that
// runs pass through it.
Result<os::DirectoryLock> lock_private_directory(const std::string& path,
                                                 const std::optional<config::ChildUsers>& users) {
  if (!users || ::access(path.c_str(), F_OK) != 0) {
    FASTNESS_RETURN_IF_ERROR(os::make_private_directory(path));
    return os::DirectoryLock::take(path);
  }
  FASTNESS_ASSIGN_OR_RETURN(os::DirectoryLock lock, os::DirectoryLock::take(path));
  FASTNESS_RETURN_IF_ERROR(set_mode(path, 0700));
  FASTNESS_RETURN_IF_ERROR(os::make_private_directory(path));
  return lock;
}

void add_if_present(std::vector<std::string>& paths, std::string path) {
  if (!path.empty() && ::access(path.c_str(), F_OK) == 0) paths.push_back(std::move(path));
}

}  // namespace

Result<InstanceDirectory> InstanceDirectory::open(const std::string& path,
                                                  const std::optional<config::ChildUsers>& users) {
  FASTNESS_ASSIGN_OR_RETURN(os::DirectoryLock lock, lock_private_directory(path, users));
  FASTNESS_RETURN_IF_ERROR(make_folders(path, users));
  if (users) FASTNESS_RETURN_IF_ERROR(set_mode(path, 0711));
  return InstanceDirectory(path, std::move(lock));
}

Result<InstanceDirectory> InstanceDirectory::open_existing(
    const std::string& path, const std::optional<config::ChildUsers>& users, const Error& if_held) {
  if (::access((path + "/vault/root.sealed").c_str(), F_OK) != 0) {
    return Unexpected<Error>{no_instance_in(path)};
  }
  auto held = open(path, users);
  if (!held && held.error().code == Errc::already_exists) return Unexpected<Error>{if_held};
  return held;
}

Error no_instance_in(const std::string& data_directory) {
  return {Errc::not_found,
          "there is no instance in " + data_directory + "; name its directory with --data-dir"};
}

std::string setup_link_path(const std::string& data_directory) {
  return data_directory + "/setup-link";
}

std::string admin_socket_folder(const std::string& data_directory) {
  return data_directory + "/admin";
}

std::vector<std::string> vault_arguments(const config::Config& config,
                                         const std::optional<config::ChildUsers>& users) {
  const bool as_json = config.log.format == telemetry::LogFormat::json;
  std::vector<std::string> arguments{
      "--directory",     config.data.dir + "/vault",
      "--log-format",    as_json ? "json" : "text",
      "--log-level",     std::string(to_text(config.log.level)),
      "--backup-months", std::to_string(config.backups.retention_months),
      "--environment",   std::string(to_text(config.instance.environment))};
  if (users) arguments.insert(arguments.end(), {"--user", users->vault.name});
  if (!config.sandbox.require_landlock) arguments.emplace_back("--without-landlock");
  if (config.vault.keys != config::VaultKeys::token) return arguments;
  const config::Config::Vault& vault = config.vault;
  arguments.insert(arguments.end(),
                   {"--token-module", vault.token_module, "--token-label", vault.token_label});
  for (const std::string& path : vault.token_paths) {
    arguments.insert(arguments.end(), {"--token-path", path});
  }
  for (const std::string& variable : vault.token_environment) {
    arguments.insert(arguments.end(), {"--token-environment", variable});
  }
  return arguments;
}

std::vector<std::string> readable_paths(const config::Config& config) {
  std::vector<std::string> paths;
  for (const char* path : {"/etc", "/usr", "/lib", "/lib64", "/proc", "/sys"}) {
    add_if_present(paths, path);
  }
  for (const std::string& folder : config::folders_of_named_files(config)) {
    add_if_present(paths, folder);
  }
  if (config::calls_others(config)) {
    for (const std::string& path : os::name_service_paths()) paths.push_back(path);
  }
  return paths;
}

std::vector<std::string> writable_paths(const config::Config& config) {
  std::vector<std::string> paths{config.data.dir};
  if (config.vault.keys == config::VaultKeys::token) {
    paths.insert(paths.end(), config.vault.token_paths.begin(), config.vault.token_paths.end());
  }
  if (const std::string folder = config::witness_folder(config.ledger); !folder.empty()) {
    add_if_present(paths, folder);
  }
  if (config.backups.every_hours > 0) add_if_present(paths, config.backups.directory);
  add_if_present(paths, "/dev");
  return paths;
}

}  // namespace fastness::supervisor
