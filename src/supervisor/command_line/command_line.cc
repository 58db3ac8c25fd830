#include "supervisor/command_line/command_line.h"

#include <sstream>

#include <CLI/CLI.hpp>

#include "config/suggestion.h"
#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kExamples = R"(
Examples:
  fastnessd --data-dir ~/fastness
  fastnessd --data-dir ~/fastness --set listen.https=192.168.1.10:443 --set server.names=iot.lan
  fastnessd --config /etc/fastness.toml --check-config
  fastnessd host init --data-dir ~/fastness --organisation Home --email me@example.org
  fastnessd host setup-link --data-dir ~/fastness

Settings: docs/configuration.md, or --print-config.)";

struct ActionFlag {
  const char* name;
  const char* help;
  Action action;
  bool is_set = false;
};

}  // namespace

Result<CommandLine, Said> parse_command_line(std::span<char* const> arguments) {
  CLI::App app("Fastness: a self-hosted, secure IoT cloud. Starts and watches its processes.",
               "fastnessd");
  app.footer(kExamples);
  app.set_version_flag("--version", "fastnessd " FASTNESS_VERSION);
  CommandLine command;
  SharedOptions shared;
  shared.add_to(app);
  ActionFlag flags[] = {
      {"--check-config", "say whether the settings are right, and end", Action::check_config},
      {"--print-config", "print the settings in force and where they come from",
       Action::print_config},
      {"--print-reference", "print docs/configuration.md", Action::print_reference},
      {"--print-limits", "print docs/limits.md", Action::print_limits},
      {"--setup-link", "print the path of the file with the one-time set-up link",
       Action::print_setup_link},
  };
  CLI::Option_group* actions = app.add_option_group("Instead of starting");
  for (ActionFlag& flag : flags) actions->add_flag(flag.name, flag.is_set, flag.help);
  actions->require_option(0, 1);

  HostNoun host(app, command.host);
  SwitchNoun switches(host.app(), command.switches);
  IncidentNoun incident(host.app(), command.incident);
  UserNoun user(host.app(), command.user);
  AccountNoun accounts(host.app(), command.account);
  OperatorNoun operators(host.app(), command.staff);
  OrderNoun orders(host.app(), command.order);
  VaultNoun vault(host.app(), command.vault);
  RecoveryNouns recovery(host.app(), command.recovery);
  RootNoun roots(host.app(), command.root);
  AuthorityNoun authority(app, command.authority);

  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::Success& asked) {
    std::ostringstream out;
    app.exit(asked, out, out);
    return Unexpected<Said>{{out.str(), 0}};
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> words(arguments.begin() + 1, arguments.end());
    const std::string why = config::explain_unknown(app, words);
    return Unexpected<Said>{
        {"fastnessd: " + (why.empty() ? std::string(error.what()) : why) + "\n", 2}};
  }
  for (const ActionFlag& flag : flags) {
    if (flag.is_set) command.action = flag.action;
  }
  const bool has_verb = host.fill(command) || switches.fill(command) || incident.fill(command) ||
                        user.fill(command) || accounts.fill(command) || operators.fill(command) ||
                        orders.fill(command) || vault.fill(command) || recovery.fill(command) ||
                        roots.fill(command) || authority.fill(command);
  if (!has_verb) shared.fill(command);
  return command;
}

}  // namespace fastness::supervisor
