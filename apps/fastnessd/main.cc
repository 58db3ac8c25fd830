// The first process. It starts the vault and the hub, watches them, and holds nothing: no key, no
// socket of the network, no byte from outside.
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "config/load.h"
#include "os/confinement/process_hardening.h"
#include "os/confinement/sandbox.h"
#include "os/exit_status.h"
#include "os/process.h"
#include "supervisor/command_line.h"
#include "supervisor/host_commands.h"
#include "supervisor/instance_directory.h"
#include "supervisor/supervisor.h"
#include "telemetry/log.h"

namespace fastness {
namespace {

using supervisor::Action;
using supervisor::CommandLine;
using supervisor::Supervisor;

using os::ExitStatus;

constexpr int kFailure = static_cast<int>(ExitStatus::failure);
constexpr int kMistake = static_cast<int>(ExitStatus::usage);

int report(const Error& error, int status) {
  std::fprintf(stderr, "fastnessd: %s\n", error.message.c_str());
  return status;
}

int say(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : kFailure;
}

Result<config::Loaded> load(const CommandLine& command) {
  config::Sources sources;
  sources.assignments = command.assignments;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    sources.environment.emplace_back(*variable);
  }
  if (command.config_file) {
    sources.file_name = *command.config_file;
    std::ifstream file(*command.config_file);
    std::stringstream text;
    if (!file || !(text << file.rdbuf())) {
      return fail(Errc::not_found, "cannot read " + *command.config_file);
    }
    sources.file_text = text.str();
  }
  return config::load(sources);
}

// A terminal or the descriptor that was named. Never read here: the vault asks.
Result<os::Descriptor> open_passphrase(const config::Config& config, const CommandLine& command) {
  if (config.vault.key != config::VaultKey::passphrase) return os::Descriptor();
  if (command.passphrase_descriptor) {
    const os::Descriptor given(*command.passphrase_descriptor);
    return given.duplicate();
  }
  os::Descriptor terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal.is_open()) {
    return fail(Errc::invalid_argument,
                "vault.key = \"passphrase\" needs a terminal to ask at, or --passphrase-fd");
  }
  return terminal;
}

Result<void> confine(const config::Config& config, const std::string& programs,
                     const telemetry::Log& log) {
  os::SandboxPolicy policy;
  policy.readable = supervisor::readable_paths(config);
  policy.writable = supervisor::writable_paths(config);
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

// An instance from the data directory's lock to its confinement; runs nothing yet.
struct Prepared {
  supervisor::InstanceDirectory directory;
  Supervisor::Options options;
};

Result<Prepared> prepare(const config::Loaded& loaded, const CommandLine& command,
                         const telemetry::Log& log) {
  const config::Config& config = loaded.config;
  FASTNESS_ASSIGN_OR_RETURN(const auto users, config::find_child_users(config.sandbox));
  FASTNESS_ASSIGN_OR_RETURN(supervisor::InstanceDirectory directory,
                            supervisor::InstanceDirectory::open(config.data.dir, users));
  if (!users && os::is_root()) {
    log.warning("no_dedicated_users", {{"missing_one_of", config.sandbox.vault_user},
                                       {"and", config.sandbox.hub_user},
                                       {"so", "the children stay root, confined by Landlock"}});
  }
  FASTNESS_ASSIGN_OR_RETURN(os::Descriptor passphrase, open_passphrase(config, command));
  FASTNESS_RETURN_IF_ERROR(os::raise_descriptor_limit());
  FASTNESS_ASSIGN_OR_RETURN(std::string programs, os::program_folder());
  FASTNESS_RETURN_IF_ERROR(confine(config, programs, log));
  Supervisor::Options options;
  options.programs = std::move(programs);
  options.vault_arguments = supervisor::vault_arguments(config, users);
  options.hub_configuration = config::print(loaded);
  options.passphrase = std::move(passphrase);
  return Prepared{std::move(directory), std::move(options)};
}

int run(const config::Loaded& loaded, const CommandLine& command) {
  const auto log =
      telemetry::Log::to_stderr(loaded.config.log.format, loaded.config.log.level, "fastnessd");
  const SystemClock clock;
  if (auto hardened = os::harden_process(); !hardened) return report(hardened.error(), kFailure);
  auto signals = os::Signals::block({SIGTERM, SIGINT, SIGCHLD});
  if (!signals) return report(signals.error(), kFailure);
  auto prepared = prepare(loaded, command, log);
  if (!prepared) return report(prepared.error(), kFailure);

  Supervisor children(std::move(prepared.value().options), *signals, clock, log);
  if (auto started = children.start(); !started) {
    return children.is_stopping() ? 0 : report(started.error(), kFailure);
  }
  if (auto ended = children.run(); !ended) return report(ended.error(), kFailure);
  return 0;
}

// On an instance that runs, or on one that is started for the purpose without listeners.
Result<std::string> init(const config::Loaded& loaded, const CommandLine& command) {
  const std::string& directory = loaded.config.data.dir;
  const auto log =
      telemetry::Log::to_stderr(loaded.config.log.format, telemetry::LogLevel::warning, "host");
  const SystemClock clock;
  FASTNESS_RETURN_IF_ERROR(os::harden_process());
  FASTNESS_ASSIGN_OR_RETURN(const os::Signals signals,
                            os::Signals::block({SIGTERM, SIGINT, SIGCHLD}));
  auto prepared = prepare(loaded, command, log);
  if (!prepared && prepared.error().code == Errc::already_exists) {
    return supervisor::host_init(directory, command.host);
  }
  if (!prepared) return propagate(std::move(prepared));
  Supervisor children(std::move(prepared.value().options), signals, clock, log);
  FASTNESS_RETURN_IF_ERROR(children.start());
  return supervisor::host_init(directory, command.host);
}

// Seen and heard by nobody but us.
CommandLine in_private(CommandLine command) {
  command.assignments.insert(command.assignments.begin(), "log.level=warning");
  for (const char* name : {"https", "http", "mqtts", "mqtts_secret", "mqtts_certificate"}) {
    command.assignments.push_back("listen." + std::string(name) + "=");
  }
  return command;
}

Result<std::string> ask_instance(const config::Loaded& loaded, const CommandLine& command) {
  const std::string& directory = loaded.config.data.dir;
  switch (command.action) {
    case Action::host_status:
      return supervisor::host_status(directory, command.host);
    case Action::host_setup_link:
      return supervisor::host_setup_link(directory, command.host);
    default:
      return init(loaded, command);
  }
}

int act_on_host(const CommandLine& command) {
  const auto loaded = load(command);
  if (!loaded) return report(loaded.error(), kMistake);
  const auto printed = ask_instance(*loaded, command);
  if (printed) return say(*printed);
  return report(printed.error(), static_cast<int>(os::exit_status_for(printed.error().code)));
}

int act(const CommandLine& command) {
  if (command.action == Action::print_reference) return say(config::reference_markdown());
  if (command.action == Action::print_limits) return say(config::limits_markdown());
  if (command.action == Action::host_init) return act_on_host(in_private(command));
  if (command.action == Action::host_status || command.action == Action::host_setup_link) {
    return act_on_host(command);
  }

  const auto loaded = load(command);
  if (!loaded) return report(loaded.error(), kMistake);
  switch (command.action) {
    case Action::check_config:
      return say("The settings are right.\n");
    case Action::print_config:
      return say(config::print(*loaded));
    case Action::print_setup_link:
      return say(supervisor::setup_link_path(loaded->config.data.dir) + "\n");
    default:
      return run(*loaded, command);
  }
}

}  // namespace
}  // namespace fastness

// What nobody catches is a mistake of ours, and ends it.
int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape)
  const auto command =
      fastness::supervisor::parse_command_line({argv, static_cast<std::size_t>(argc)});
  if (!command) {
    std::fputs(command.error().text.c_str(), command.error().exit_status == 0 ? stdout : stderr);
    return command.error().exit_status;
  }
  return fastness::act(*command);
}
