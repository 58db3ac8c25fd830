// The first process. It starts the vault and the hub, watches them, and holds nothing: no key, no
// socket of the network, no byte from outside.
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include <unistd.h>

#include "config/load.h"
#include "confinement.h"
#include "migration.h"
#include "os/confinement/process_hardening.h"
#include "os/exit_status.h"
#include "os/files/file_system.h"
#include "os/process.h"
#include "os/service_manager.h"
#include "recovery.h"
#include "roots.h"
#include "scheduled_backup.h"
#include "supervisor/accounts/account_commands.h"
#include "supervisor/admin_client.h"
#include "supervisor/authority/authority_commands.h"
#include "supervisor/command_line/command_line.h"
#include "supervisor/host_commands.h"
#include "supervisor/incident/incident_commands.h"
#include "supervisor/incident/switch_commands.h"
#include "supervisor/instance_directory.h"
#include "supervisor/operators/operator_commands.h"
#include "supervisor/operators/order_commands.h"
#include "supervisor/supervisor.h"
#include "supervisor/user_commands.h"
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
  FASTNESS_ASSIGN_OR_RETURN(os::Descriptor token_pin, open_token_pin(config, command));
  FASTNESS_RETURN_IF_ERROR(os::raise_descriptor_limit());
  FASTNESS_ASSIGN_OR_RETURN(std::string programs, os::program_folder());
  FASTNESS_RETURN_IF_ERROR(confine(config, programs, log));
  Supervisor::Options options;
  options.programs = std::move(programs);
  options.vault_arguments = supervisor::vault_arguments(config, users);
  options.hub_configuration = config::print(loaded);
  if (config.backups.every_hours > 0) options.chore = chore_of(config, options.programs);
  options.passphrase = std::move(passphrase);
  options.token_pin = std::move(token_pin);
  options.drain_deadline += std::chrono::seconds(config.gateway.drain_seconds);
  return Prepared{std::move(directory), std::move(options)};
}

// Of the service manager that waits for us, if one does.
std::string notify_address() {
  constexpr std::string_view kName = "NOTIFY_SOCKET=";
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view assignment(*variable);
    if (assignment.starts_with(kName)) return std::string(assignment.substr(kName.size()));
  }
  return "";
}

int run(const config::Loaded& loaded, const CommandLine& command) {
  const auto log =
      telemetry::Log::to_stderr(loaded.config.log.format, loaded.config.log.level, "fastnessd");
  const SystemClock clock;
  if (auto hardened = os::harden_process(); !hardened) return report(hardened.error(), kFailure);
  auto signals = os::Signals::block({SIGTERM, SIGINT, SIGCHLD});
  if (!signals) return report(signals.error(), kFailure);
  const auto manager = os::ServiceManager::connect(notify_address());
  if (!manager) return report(manager.error(), kFailure);
  auto prepared = prepare(loaded, command, log);
  if (!prepared) return report(prepared.error(), kFailure);

  Supervisor children(std::move(prepared.value().options), *signals, clock, log);
  if (auto started = children.start(); !started) {
    return children.is_stopping() ? 0 : report(started.error(), kFailure);
  }
  if (auto told = manager->tell("READY=1"); !told) return report(told.error(), kFailure);
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

// Without what nobody asked for.
CommandLine quietly(CommandLine command) {
  command.assignments.insert(command.assignments.begin(), "log.level=warning");
  return command;
}

// Seen and heard by nobody but us.
CommandLine in_private(CommandLine command) {
  command = quietly(std::move(command));
  for (const char* name :
       {"https", "http", "mqtts", "mqtts_secret", "mqtts_certificate", "mqtt_plain"}) {
    command.assignments.push_back("listen." + std::string(name) + "=");
  }
  return command;
}

Result<std::string> act_on_incident(const config::Loaded& loaded, const CommandLine& command) {
  FASTNESS_ASSIGN_OR_RETURN(std::string programs, os::program_folder());
  os::PosixFileSystem files;
  const SystemClock clock;
  const auto tell = [&directory = loaded.config.data.dir](const supervisor::AdminRequest& request) {
    return supervisor::tell_admin(directory, request);
  };
  return supervisor::run_incident_command(
      command.action, command.incident,
      {tell, files, clock, supervisor::confirm_at_terminal, config::print_for_others(loaded.config),
       std::move(programs)});
}

Result<std::string> ask_instance(const config::Loaded& loaded, const CommandLine& command) {
  const std::string& directory = loaded.config.data.dir;
  switch (command.action) {
    case Action::host_status:
      return supervisor::host_status(directory, command.host);
    case Action::host_setup_link:
      return supervisor::host_setup_link(directory, command.host);
    case Action::host_restrict:
      return supervisor::host_restrict(directory, command.host);
    case Action::switch_list:
    case Action::switch_off:
    case Action::switch_on:
      return supervisor::run_switch_command(directory, command.action, command.switches);
    case Action::host_reset_factors:
      return supervisor::host_reset_factors(directory, command.host);
    case Action::host_init:
      return init(loaded, command);
    case Action::incident_open:
    case Action::incident_status:
    case Action::incident_note:
    case Action::incident_evidence:
    case Action::incident_affected:
    case Action::incident_notify:
    case Action::incident_report:
    case Action::incident_close:
    case Action::incident_publish:
    case Action::incident_withdraw:
      return act_on_incident(loaded, command);
    case Action::user_export:
    case Action::user_erase: {
      os::PosixFileSystem files;
      return supervisor::run_user_command(directory, command.action, command.user, files,
                                          supervisor::confirm_at_terminal);
    }
    case Action::account_list:
    case Action::account_suspend:
    case Action::account_resume:
    case Action::account_end_sessions:
      return supervisor::run_account_command(directory, command.action, command.account);
    case Action::operator_add:
    case Action::operator_remove:
    case Action::operator_review:
    case Action::operator_end:
    case Action::operator_seal:
      return supervisor::run_operator_command(directory, command.action, command.staff,
                                              supervisor::confirm_at_terminal);
    case Action::order_list:
    case Action::order_guard:
    case Action::order_unguard:
    case Action::order_approve:
    case Action::order_signatures:
      return supervisor::run_order_command(directory, command.action, command.order);
    case Action::vault_status:
      return supervisor::vault_status(directory, command.vault);
    case Action::vault_migrate:
      return migrate(loaded.config, command);
    case Action::kit_create:
    case Action::kit_rehearse:
    case Action::kit_show:
    case Action::backup_create:
    case Action::backup_verify:
    case Action::backup_list:
    case Action::backup_schedule:
    case Action::restore:
      return recover(loaded.config, command);
    case Action::host_ca_request:
    case Action::host_ca_accept:
    case Action::host_ca_sign:
    case Action::host_ca_switch:
    case Action::host_ca_export:
    case Action::host_ca_forget:
      return act_on_roots(loaded.config, command);
    default:
      return supervisor::run_authority_command(directory, command.action, command.authority,
                                               SystemClock(), supervisor::confirm_at_terminal);
  }
}

// Whether it is about an instance that runs, or is to be made.
bool is_for_instance(Action action) {
  switch (action) {
    case Action::host_init:
    case Action::host_status:
    case Action::host_setup_link:
    case Action::host_restrict:
    case Action::switch_list:
    case Action::switch_off:
    case Action::switch_on:
    case Action::incident_open:
    case Action::incident_status:
    case Action::incident_note:
    case Action::incident_evidence:
    case Action::incident_affected:
    case Action::incident_notify:
    case Action::incident_report:
    case Action::incident_close:
    case Action::incident_publish:
    case Action::incident_withdraw:
    case Action::user_export:
    case Action::user_erase:
    case Action::account_list:
    case Action::account_suspend:
    case Action::account_resume:
    case Action::account_end_sessions:
    case Action::operator_add:
    case Action::operator_remove:
    case Action::operator_review:
    case Action::operator_end:
    case Action::operator_seal:
    case Action::order_list:
    case Action::order_guard:
    case Action::order_unguard:
    case Action::order_approve:
    case Action::order_signatures:
    case Action::host_reset_factors:
    case Action::vault_status:
    case Action::host_ca_sign:
    case Action::host_ca_switch:
    case Action::host_ca_export:
    case Action::host_ca_forget:
    case Action::ca_status:
    case Action::ca_rotate:
    case Action::ca_abort:
    case Action::ca_unlock:
    case Action::ca_distrust:
    case Action::ca_destroy:
      return true;
    default:
      return false;
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
  const bool may_be_of_stopped =
      is_recovery(command.action) || command.action == Action::vault_migrate ||
      command.action == Action::host_ca_request || command.action == Action::host_ca_accept;
  if (may_be_of_stopped) return act_on_host(quietly(command));
  const bool is_private = command.action == Action::host_init ||
                          command.action == Action::host_ca_export ||
                          command.action == Action::host_ca_forget;
  if (is_private) return act_on_host(in_private(command));
  if (is_for_instance(command.action)) return act_on_host(command);

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
