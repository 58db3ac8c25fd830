#include "confinement.h"

#include <unistd.h>

#include "os/confinement/sandbox.h"
#include "os/terminal.h"
#include "supervisor/instance_directory.h"

namespace fastness {

using supervisor::CommandLine;

Result<os::Descriptor> open_passphrase(const config::Config& config, const CommandLine& command) {
  if (config.vault.key != config::VaultKey::passphrase) return os::Descriptor();
  FASTNESS_ASSIGN_OR_RETURN(os::Descriptor source,
                            os::named_or_terminal(command.passphrase_descriptor));
  if (!source.is_open()) {
    return fail(Errc::invalid_argument,
                "vault.key = \"passphrase\" needs a terminal to ask at, or --passphrase-fd");
  }
  return source;
}

Result<os::Descriptor> open_token_pin(const config::Config& config, const CommandLine& command) {
  if (!command.token_pin_descriptor) return os::Descriptor();
  if (config.vault.keys != config::VaultKeys::token) {
    return fail(Errc::invalid_argument, "--token-pin-fd is for vault.keys = \"token\"");
  }
  const os::Descriptor given(*command.token_pin_descriptor);
  return given.duplicate();
}

Result<void> confine(const config::Config& config, const std::string& programs,
                     const telemetry::Log& log, const std::vector<std::string>& also_writable) {
  os::SandboxPolicy policy;
  policy.readable = supervisor::readable_paths(config);
  policy.writable = supervisor::writable_paths(config);
  policy.writable.insert(policy.writable.end(), also_writable.begin(), also_writable.end());
  policy.executable = {programs, "/usr/lib", "/lib"};
  if (::access("/lib64", F_OK) == 0) policy.executable.emplace_back("/lib64");
  policy.system_calls = os::SystemCalls::supervisor;
  if (!config.sandbox.require_landlock) policy.without_landlock = os::WithoutLandlock::go_on;
  FASTNESS_ASSIGN_OR_RETURN(const os::Confinement confinement, os::enter_sandbox(policy));
  if (confinement.landlock_abi == 0) {
    log.warning("no_landlock", {{"why", "allowed by sandbox.require_landlock = false"}});
    return os::assert_confined({"", false, false, false});
  }
  return os::assert_confined({"/", false, false, false});
}

}  // namespace fastness
