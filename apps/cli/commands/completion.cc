// fastness completion: scripts that complete commands and options, made from the commands.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "commands.h"

namespace fastness::cli {
namespace {

struct Words {
  std::string path;   // "device create"
  std::string words;  // what may follow
};

// A line for each command: its path, and the names of its commands and options.
void collect(const CLI::App& app, const std::string& path, std::vector<Words>& lines) {
  std::string words;
  for (const CLI::App* command : app.get_subcommands({})) words += command->get_name() + " ";
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
  }
  lines.push_back({path, words});
  for (const CLI::App* command : app.get_subcommands({})) {
    collect(*command, path + (path.empty() ? "" : " ") + command->get_name(), lines);
  }
}

std::string bash(const std::vector<Words>& lines) {
  std::string out =
      "_fastness() {\n"
      "  local path='' word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case $word in -*) ;; *) path=\"${path:+$path }$word\" ;; esac\n"
      "  done\n"
      "  local words=''\n"
      "  case $path in\n";
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    // Arguments follow a command's name: everything that starts with it.
    out += "    '" + line->path + "'" + (line->path.empty() ? "" : "|'" + line->path + " '*") +
           ") words='" + line->words + "' ;;\n";
  }
  return out +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _fastness fastness\n";
}

std::string fish(const std::vector<Words>& lines) {
  std::string out = "complete -c fastness -f\n";
  for (const Words& line : lines) {
    const std::string condition = line.path.empty() ? "__fish_use_subcommand"
                                                    : "string match -q -- 'fastness " + line.path +
                                                          "*' (string join ' ' (commandline -opc))";
    out += "complete -c fastness -n \"" + condition + "\" -a '" + line.words + "'\n";
  }
  return out;
}

Result<ExitStatus> print(const CLI::App& app, const std::string& shell) {
  std::vector<Words> lines;
  collect(app, "", lines);
  std::string out = shell == "fish" ? fish(lines) : bash(lines);
  if (shell == "zsh") out = "autoload -U +X bashcompinit && bashcompinit\n" + out;
  std::fputs(out.c_str(), stdout);
  return ExitStatus::success;
}

}  // namespace

void add_completion_command(CLI::App& app, Session& /*session*/, Action& action) {
  auto* command = app.add_subcommand("completion", "print a script for your shell");
  auto shell = std::make_shared<std::string>();  // shared with the callback, which CLI11 copies
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "\nExample:\n  fastness completion bash > "
      "~/.local/share/bash-completion/completions/fastness");
  command->callback(
      [&app, &action, shell] { action = [&app, shell] { return print(app, *shell); }; });
}

}  // namespace fastness::cli
