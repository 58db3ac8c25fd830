#include "config/suggestion.h"

#include <vector>

#include <CLI/CLI.hpp>

#include "base/nearest.h"

namespace fastness::config {

namespace {

std::string path_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  if (parent == nullptr) return command.get_name();
  // An option group is an App without a name.
  if (command.get_name().empty()) return path_of(*parent);
  return path_of(*parent) + " " + command.get_name();
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* each : command.get_subcommands({})) {
    if (!each->get_name().empty()) names.push_back(each->get_name());
  }
  return names;
}

const CLI::App* find_command(const CLI::App& command, const std::string& name) {
  for (const CLI::App* each : command.get_subcommands({})) {
    if (!name.empty() && each->get_name() == name) return each;
  }
  return nullptr;
}

// Those of the command, of its option groups, and of the commands around it.
std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  std::vector<const CLI::Option*> options;
  for (const CLI::App* at = &command; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* each : at->get_options()) options.push_back(each);
    for (const CLI::App* group : at->get_subcommands({})) {
      if (!group->get_name().empty()) continue;
      for (const CLI::Option* each : group->get_options()) options.push_back(each);
    }
  }
  return options;
}

std::string with_guess(const std::string& sentence, const std::string& guess,
                       const CLI::App& command) {
  if (!guess.empty()) return sentence + "; did you mean " + guess + "?";
  return sentence + "; see " + path_of(command) + " --help";
}

// The option that a word names, if it is one.
const CLI::Option* find_option(const CLI::App& command, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  for (const CLI::Option* each : options_of(command)) {
    if (each->check_name(name)) return each;
  }
  return nullptr;
}

std::string unknown_option(const CLI::App& command, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const CLI::Option* each : options_of(command)) {
    for (const std::string& known : each->get_lnames()) names.push_back("--" + known);
  }
  const std::string guess = name.starts_with("--") ? nearest_name(name, names) : "";
  return with_guess("there is no option " + name, guess, command);
}

std::string missing_command(const CLI::App& command) {
  std::string all;
  for (const std::string& name : command_names(command)) all += (all.empty() ? "" : ", ") + name;
  return "name a command of " + path_of(command) + ": " + all;
}

}  // namespace

std::string explain_unknown(const CLI::App& app, std::span<const std::string> words) {
  const CLI::App* command = &app;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") return "";
    if (word.size() > 1 && word.starts_with('-')) {
      const CLI::Option* option = find_option(*command, word);
      if (option == nullptr) return unknown_option(*command, word);
      const bool has_value = option->get_items_expected_max() > 0;
      if (has_value && word.find('=') == std::string::npos) ++i;
      continue;
    }
    const std::vector<std::string> names = command_names(*command);
    if (names.empty()) continue;
    if (const CLI::App* next = find_command(*command, word)) {
      command = next;
      continue;
    }
    return with_guess("there is no command \"" + word + "\"", nearest_name(word, names), *command);
  }
  return command->get_require_subcommand_min() > 0 ? missing_command(*command) : "";
}

}  // namespace fastness::config
