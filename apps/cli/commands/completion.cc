// fastness completion: scripts that complete commands and options, made from the commands.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "commands.h"

namespace fastness::cli {
namespace {

// One command: its path ("device create"), and what may follow it.
struct Words {
  std::string path;
  std::string commands;
  std::string options;
};

struct Table {
  std::vector<Words> lines;
  std::string options_with_value;  // `--type|--out|...`, as a shell pattern
};

void collect_options(const CLI::App& app, Words& words, Table& table) {
  for (const CLI::Option* option : app.get_options()) {
    const bool has_value = option->get_items_expected_max() > 0;
    std::vector<std::string> names;
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : names) {
      if (name.starts_with("--")) words.options += name + " ";
      if (!has_value) continue;
      table.options_with_value += (table.options_with_value.empty() ? "" : "|") + name;
    }
  }
}

void collect(const CLI::App& app, const std::string& path, Table& table) {
  Words words{path, "", ""};
  for (const CLI::App* command : app.get_subcommands({}))
    words.commands += command->get_name() + " ";
  collect_options(app, words, table);
  if (!path.empty()) words.options += "--output ";  // works everywhere
  table.lines.push_back(words);
  for (const CLI::App* command : app.get_subcommands({})) {
    collect(*command, path + (path.empty() ? "" : " ") + command->get_name(), table);
  }
}

constexpr const char* kBashHead = R"(_fastness() {
  local path='' word previous='' words='' current=${COMP_WORDS[COMP_CWORD]}
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $previous in OPTIONS_WITH_VALUE) previous=''; continue ;; esac
    previous=$word
    case $word in -*) ;; *) path="${path:+$path }$word" ;; esac
  done
  case $previous in
    -o|--output) COMPREPLY=($(compgen -W 'table json yaml csv' -- "$current")); return ;;
    --profile) COMPREPLY=($(compgen -W 'standard board' -- "$current")); return ;;
    --permission) COMPREPLY=($(compgen -W 'read_only read_write' -- "$current")); return ;;
    OPTIONS_WITH_VALUE) return ;;  # files, by complete's own default
  esac
  case $path in
    completion) words='bash zsh fish' ;;
    host) words='init status setup-link reset-factors restrict incident user' ;;
)";

constexpr const char* kBashTail = R"(  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _fastness fastness
)";

std::string bash(const Table& table) {
  std::string out = kBashHead;
  const std::string mark = "OPTIONS_WITH_VALUE";
  for (auto at = out.find(mark); at != std::string::npos; at = out.find(mark)) {
    out.replace(at, mark.size(), table.options_with_value);
  }
  for (auto line = table.lines.rbegin(); line != table.lines.rend(); ++line) {
    // Arguments follow a command's name: everything that starts with it.
    out += "    '" + line->path + "'" + (line->path.empty() ? "" : "|'" + line->path + " '*") +
           ") words='" + line->commands +
           "'\n"
           "      [[ $current == -* ]] && words='" +
           line->options + "' ;;\n";
  }
  return out + kBashTail;
}

std::string fish(const Table& table) {
  std::string out = "complete -c fastness -f\n";
  for (const Words& line : table.lines) {
    const std::string condition = line.path.empty() ? "__fish_use_subcommand"
                                                    : "string match -q -- 'fastness " + line.path +
                                                          "*' (string join ' ' (commandline -opc))";
    out +=
        "complete -c fastness -n \"" + condition + "\" -a '" + line.commands + line.options + "'\n";
  }
  return out;
}

Result<ExitStatus> print(const CLI::App& app, const std::string& shell) {
  Table table;
  collect(app, "", table);
  std::string out = shell == "fish" ? fish(table) : bash(table);
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
  set_examples(*command, {"fastness completion bash > "
                          "~/.local/share/bash-completion/completions/fastness"});
  command->callback(
      [&app, &action, shell] { action = [&app, shell] { return print(app, *shell); }; });
}

}  // namespace fastness::cli
