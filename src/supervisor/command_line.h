#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace fastness::supervisor {

enum class Action {
  run,
  check_config,
  print_config,
  print_reference,
  print_limits,
  print_setup_link,
  host_init,
  host_status,
  host_setup_link,
};

enum class OutputForm { text, json };

// What `host init`, `host status` and `host setup-link` were told; each uses its part.
struct HostCommand {
  std::string organisation;
  std::string email;
  bool api_key = false;
  OutputForm form = OutputForm::text;
};

// What a person asked fastnessd for.
struct CommandLine {
  Action action = Action::run;
  std::optional<std::string> config_file;
  std::vector<std::string> assignments;  // of settings
  std::optional<int> passphrase_descriptor;
  HostCommand host;
};

// What parsing came to if there is nothing to run: help or version asked for, or a mistake.
struct Said {
  std::string text;
  int exit_status;  // 0, or 2 for a mistake
};

// `arguments` as main gets them, the program's name first.
[[nodiscard]] Result<CommandLine, Said> parse_command_line(std::span<char* const> arguments);

}  // namespace fastness::supervisor
