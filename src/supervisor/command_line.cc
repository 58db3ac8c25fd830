// The only file of fastnessd that knows CLI11.
#include "supervisor/command_line.h"

#include <filesystem>
#include <sstream>

#include <CLI/CLI.hpp>

#include "config/suggestion.h"

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

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

constexpr const char* kInitExample = R"(
Example:
  fastness host init --data-dir ~/fastness --organisation Home --email me@example.org --api-key --json

Works on an instance that runs and on one that does not. The API key is shown this once.)";

constexpr const char* kStatusExample = R"(
Example:
  fastness host status --data-dir ~/fastness

Compare the fingerprints with what a browser or the console's page /trust shows.)";

constexpr const char* kLinkExample = R"(
Examples:
  fastness host setup-link --data-dir ~/fastness
  fastness host setup-link --data-dir ~/fastness --email me@example.org

Without --email it is for whoever has not chosen a password yet. It works once, for 30 minutes.)";

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

// `fastnessd host ...`. What is passed in must outlive it.
class HostCommands {
 public:
  HostCommands(CLI::App& app, HostCommand& command) : command_(command) {
    host_ = app.add_subcommand("host", "what only the owner of this machine may do");
    host_->require_subcommand(1);
    CLI::App* init =
        add(Action::host_init, "init",
            "make the first user, organisation and API key, of a running instance or not",
            kInitExample);
    init->add_option("--organisation", command.organisation, "name")->required();
    init->add_option("--email", command.email,
                     "the first user's address; owner@localhost if left out, and theirs to change")
        ->type_name("ADDRESS");
    init->add_flag("--api-key", command.api_key, "make an API key and print it, this once");
    add(Action::host_status, "status",
        "where the running instance is reached, what to trust, whether it is set up",
        kStatusExample);
    add(Action::host_setup_link, "setup-link", "make a one-time link to choose a password by",
        kLinkExample)
        ->add_option("--email", command.email, "whose password is to be chosen anew")
        ->type_name("ADDRESS");
  }

  // After parsing.
  [[nodiscard]] std::optional<Action> chosen() const {
    for (const auto& [action, command] : commands_) {
      if (!command->parsed()) continue;
      if (action == Action::host_init && command_.email.empty()) command_.email = kNobodysAddress;
      command_.form = as_json_ ? OutputForm::json : OutputForm::text;
      return action;
    }
    return std::nullopt;
  }
  [[nodiscard]] const Common& common() const { return common_; }

 private:
  // Whoever sets up chooses their own.
  static constexpr const char* kNobodysAddress = "owner@localhost";

  CLI::App* add(Action action, const char* name, const char* help, const char* example) {
    CLI::App* command = host_->add_subcommand(name, help);
    common_.add_to(*command);
    command->add_flag("--json", as_json_, "print JSON");
    command->footer(example);
    commands_.emplace_back(action, command);
    return command;
  }

  HostCommand& command_;
  CLI::App* host_ = nullptr;
  Common common_;
  bool as_json_ = false;
  std::vector<std::pair<Action, CLI::App*>> commands_;
};

}  // namespace

Result<CommandLine, Said> parse_command_line(std::span<char* const> arguments) {
  CLI::App app("Fastness: a self-hosted, secure IoT cloud. Starts and watches its processes.",
               "fastnessd");
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

  HostCommands host(app, command.host);

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
  const auto chosen = host.chosen();
  if (chosen) command.action = *chosen;
  (chosen ? host.common() : common).fill(command);
  return command;
}

}  // namespace fastness::supervisor
