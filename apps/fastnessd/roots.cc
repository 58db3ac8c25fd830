#include "roots.h"

#include <unistd.h>

#include "confinement.h"
#include "os/confinement/process_hardening.h"
#include "os/process.h"
#include "os/terminal.h"
#include "supervisor/admin_client.h"
#include "supervisor/roots/root_commands.h"

namespace fastness {
namespace {

using supervisor::Action;
using supervisor::CommandLine;

// A terminal or the descriptor that was named. Never read here.
Result<os::Descriptor> open_codes(const CommandLine& line) {
  const supervisor::RootCommand& command = line.root;
  const bool will_ask = line.action != Action::host_ca_forget && !command.is_agreed;
  if (command.code_descriptor == STDIN_FILENO && will_ask) {
    return fail(Errc::invalid_argument,
                "codes from standard input leave nowhere to answer; say --yes if this is meant");
  }
  FASTNESS_ASSIGN_OR_RETURN(os::Descriptor source, os::named_or_terminal(command.code_descriptor));
  if (!source.is_open()) {
    return fail(Errc::invalid_argument,
                "the code of a root is asked for at a terminal, or read from --code-fd");
  }
  return source;
}

// With the root lost as well, a restored instance does not start before the standby root has
// signed, and this command speaks to one that runs only.
Result<void> check_that_it_runs(const std::string& data_directory) {
  FASTNESS_ASSIGN_OR_RETURN(const bool is_running, supervisor::has_running_hub(data_directory));
  if (is_running) return {};
  return fail(
      Errc::unavailable,
      "the instance does not run: start it. If it was restored and cannot start, for its "
      "root was lost too:\n"
      "  fastness host ca root-request request.pem --switch\n"
      "  fastness host ca sign-root --root standby-root.pem --in request.pem --out signed.pem\n"
      "  fastness host ca accept-root signed.pem");
}

// By the instance if it runs, else by its vault alone: one that was restored without its root
// cannot start before that has signed.
Result<std::string> ask_or_take(const config::Config& config, const std::string& programs,
                                const CommandLine& command) {
  const bool asks = command.action == Action::host_ca_request;
  const std::string& directory = config.data.dir;
  FASTNESS_ASSIGN_OR_RETURN(const bool is_running, supervisor::has_running_hub(directory));
  if (is_running) {
    return asks ? supervisor::request_root(directory, command.root)
                : supervisor::accept_root(directory, command.root);
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto users, config::find_child_users(config.sandbox));
  supervisor::HandedOver handed;
  FASTNESS_ASSIGN_OR_RETURN(handed.passphrase, open_passphrase(config, command));
  FASTNESS_ASSIGN_OR_RETURN(handed.token_pin, open_token_pin(config, command));
  const auto act = asks ? supervisor::request_root_of_stopped : supervisor::accept_root_of_stopped;
  return act(config, users, programs, std::move(handed), command.root);
}

}  // namespace

Result<std::string> act_on_roots(const config::Config& config, const CommandLine& command) {
  FASTNESS_RETURN_IF_ERROR(os::harden_process());
  FASTNESS_ASSIGN_OR_RETURN(const std::string programs, os::program_folder());
  if (command.action == Action::host_ca_request || command.action == Action::host_ca_accept) {
    return ask_or_take(config, programs, command);
  }
  if (command.action == Action::host_ca_switch) {
    FASTNESS_RETURN_IF_ERROR(check_that_it_runs(config.data.dir));
  }
  supervisor::HandedOver handed;
  if (command.action != Action::host_ca_export) {
    FASTNESS_ASSIGN_OR_RETURN(handed.codes, open_codes(command));
  }
  if (command.action == Action::host_ca_sign) {
    return supervisor::sign_root(config, programs, std::move(handed), command.root);
  }
  if (command.action == Action::host_ca_switch) {
    return supervisor::switch_to_standby(config, programs, std::move(handed), command.root);
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto users, config::find_child_users(config.sandbox));
  FASTNESS_ASSIGN_OR_RETURN(handed.passphrase, open_passphrase(config, command));
  FASTNESS_ASSIGN_OR_RETURN(handed.token_pin, open_token_pin(config, command));
  return supervisor::move_root_out(config, users, programs, std::move(handed), command.action,
                                   command.root);
}

}  // namespace fastness
