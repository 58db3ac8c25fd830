#include "supervisor/command_line/verbs.h"

#include <filesystem>

#include <CLI/CLI.hpp>

namespace fastness::supervisor {

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

void SharedOptions::add_to(CLI::App& app) {
  app.add_option("--config", config_file_, "TOML file with settings")->type_name("FILE");
  app.add_option("--data-dir", data_dir_, "where everything is kept (data.dir)")->type_name("DIR");
  app.add_option("--set", assignments_, "any setting; may be repeated")
      ->type_name("SECTION.KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  add_descriptor(app, "--passphrase-fd", passphrase_descriptor_,
                 "read the vault's passphrase from this descriptor, not the terminal");
  add_descriptor(app, "--token-pin-fd", token_pin_descriptor_,
                 "read the token's PIN from this descriptor; needed once, kept sealed");
}

void SharedOptions::fill(CommandLine& command) const {
  if (!config_file_.empty()) command.config_file = absolute(config_file_);
  command.assignments = assignments_;
  if (!data_dir_.empty()) {
    std::string path = absolute(data_dir_);
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    command.assignments.push_back("data.dir=" + path);
  }
  command.passphrase_descriptor = passphrase_descriptor_;
  command.token_pin_descriptor = token_pin_descriptor_;
}

CLI::App& add_noun(CLI::App& above, const char* name, const char* help, const char* examples) {
  CLI::App* noun = above.add_subcommand(name, help);
  noun->require_subcommand(1);
  noun->footer(examples);
  return *noun;
}

void add_file(CLI::App& verb, const char* name, std::string& file, const char* help) {
  verb.add_option(name, file, help)->type_name("FILE")->required();
}

void add_descriptor(CLI::App& verb, const char* name, std::optional<int>& descriptor,
                    const char* help) {
  verb.add_option(name, descriptor, help)->type_name("N")->check(CLI::NonNegativeNumber);
}

void add_yes(CLI::App& verb, bool& is_agreed, const char* help) {
  verb.add_flag("--yes", is_agreed, help);
}

CLI::App& Verbs::add(CLI::App& noun, Action action, const char* name, const char* help,
                     const char* example) {
  CLI::App& verb = add_plain(noun, action, name, help, example);
  verb.add_flag("--json", as_json_, "print JSON");
  return verb;
}

CLI::App& Verbs::add_plain(CLI::App& noun, Action action, const char* name, const char* help,
                           const char* example) {
  CLI::App* verb = noun.add_subcommand(name, help);
  shared_.add_to(*verb);
  verb->footer(example);
  verbs_.emplace_back(action, verb);
  return *verb;
}

bool Verbs::fill(CommandLine& command) const {
  for (const auto& [action, verb] : verbs_) {
    if (!verb->parsed()) continue;
    command.action = action;
    shared_.fill(command);
    return true;
  }
  return false;
}

}  // namespace fastness::supervisor
