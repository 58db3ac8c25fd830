// The only file of fastnessd that knows CLI11.
#include "supervisor/command_line.h"

#include <filesystem>
#include <sstream>

#include <CLI/CLI.hpp>

namespace fastness::supervisor {

namespace {

constexpr const char* kExamples = R"(
Examples:
  fastnessd --data-dir ~/fastness
  fastnessd --data-dir ~/fastness --set listen.https=192.168.1.10:443 --set server.names=iot.lan
  fastnessd --config /etc/fastness.toml --check-config
  fastnessd host init --data-dir ~/fastness --organisation Home --email me@example.org

Settings: docs/configuration.md, or --print-config.)";

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

// What `fastnessd` and `fastnessd host init` share.
struct Common {
  std::string config_file;
  std::string data_dir;
  std::vector<std::string> assignments;
  int passphrase_descriptor = -1;

  void add_to(CLI::App& app) {
    app.add_option("--config", config_file, "TOML file with settings")->type_name("FILE");
    app.add_option("--data-dir", data_dir, "where everything is kept (data.dir)")->type_name("DIR");
    app.add_option("--set", assignments, "any setting; may be repeated")
        ->type_name("SECTION.KEY=VALUE")
        ->take_all()
        ->allow_extra_args(false);
    app.add_option("--passphrase-fd", passphrase_descriptor,
                   "read the vault's passphrase from this descriptor, not the terminal")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
  }

  void fill(CommandLine& command) const {
    if (!config_file.empty()) command.config_file = absolute(config_file);
    command.assignments = assignments;
    if (!data_dir.empty()) {
      std::string path = absolute(data_dir);
      if (path.size() > 1 && path.ends_with('/')) path.pop_back();
      command.assignments.push_back("data.dir=" + path);
    }
    if (passphrase_descriptor >= 0) command.passphrase_descriptor = passphrase_descriptor;
  }
};

struct ActionFlag {
  const char* name;
  const char* help;
  Action action;
  bool is_set = false;
};

}  // namespace

Result<CommandLine, Said> parse_command_line(std::span<char* const> arguments) {
  CLI::App app("Fastness: a self-hosted, secure IoT cloud. Starts and watches its processes.");
  app.footer(kExamples);
  app.set_version_flag("--version", "fastnessd " FASTNESS_VERSION);
  CommandLine command;
  Common common;
  common.add_to(app);
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

  CLI::App* host = app.add_subcommand("host", "what only the owner of this machine may do");
  host->require_subcommand(1);
  CLI::App* init = host->add_subcommand(
      "init", "make the first user, organisation and API key, of a running instance or not");
  Common init_common;
  init_common.add_to(*init);
  init->add_option("--organisation", command.init.organisation, "name")->required();
  init->add_option("--email", command.init.email, "the first user's address")
      ->default_val("owner@localhost");
  init->add_flag("--api-key", command.init.api_key, "make an API key and print it, this once");
  bool as_json = false;
  init->add_flag("--json", as_json, "print JSON");

  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    const bool is_mistake = app.exit(error, out, out) != 0;
    return Unexpected<Said>{{out.str(), is_mistake ? 2 : 0}};
  }
  command.init.form = as_json ? OutputForm::json : OutputForm::text;
  for (const ActionFlag& flag : flags) {
    if (flag.is_set) command.action = flag.action;
  }
  if (init->parsed()) command.action = Action::host_init;
  (init->parsed() ? init_common : common).fill(command);
  return command;
}

}  // namespace fastness::supervisor
