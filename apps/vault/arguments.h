#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/log.h"

namespace fastness::vault_app {

// What the vault was started for.
enum class Task {
  serve,                // answer the hub; the ordinary one, which fastnessd starts
  initialise,           // make the instance in an empty directory, and end
  export_standby_root,  // write the sealed standby root to a file, print its code, and end
  forget_standby_root,  // destroy the vault's copy of it, and end
};

struct Arguments {
  Task task = Task::serve;
  std::filesystem::path directory;
  // The socket from fastnessd over which connections to the hub come, each as a descriptor.
  std::optional<int> connections;
  // Where to read the passphrase from, to its end. Never an argument, never the environment.
  std::optional<int> passphrase;
  std::optional<std::filesystem::path> imported_device_authority;  // PKCS#8 in PEM
  std::optional<std::filesystem::path> output;                     // of export_standby_root
  std::string user;  // to become, if started by root; empty for none
  bool may_lack_landlock = false;
  telemetry::LogFormat log_format = telemetry::LogFormat::text;
  telemetry::LogLevel log_level = telemetry::LogLevel::info;
};

// `invalid_argument` says what is wrong.
[[nodiscard]] Result<Arguments> parse_arguments(const std::vector<std::string>& words);

inline constexpr const char* kUsage =
    R"(fastness-vault keeps the keys of one instance. fastnessd starts it; these are its arguments:

  --directory DIR                  where the vault keeps everything (required)
  --connections N                  descriptor on which fastnessd hands over connections to the hub
  --passphrase N                   descriptor to read the passphrase from
  --user NAME                      user to become, if started by root
  --without-landlock               go on where the kernel has no Landlock
  --log-format text|json           default text
  --log-level debug|info|warning|error

For a person, while the instance is stopped:

  --initialise                     make the instance and end
    --import-device-authority FILE with this first device authority (PKCS#8, PEM); only for tests
  --export-standby-root FILE       write the sealed standby root, print the code that opens it
  --forget-standby-root            destroy the copy kept here, once the file is safe elsewhere
)";

}  // namespace fastness::vault_app
