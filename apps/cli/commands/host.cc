// fastness host ...: hands over to fastnessd, which is beside this program.
#include <cerrno>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "commands.h"
#include "os/files/descriptor.h"
#include "os/process.h"

namespace fastness::cli {
namespace {

Result<ExitStatus> hand_over(std::vector<std::string> arguments) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string folder, os::program_folder());
  const std::string program = folder + "/fastnessd";
  arguments.insert(arguments.begin(), {"fastnessd", "host"});
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  return os::fail_with_errno("run " + program);
}

}  // namespace

void add_host_command(CLI::App& app, Session& /*session*/, Action& action) {
  auto* host = app.add_subcommand("host", "what only the owner of the host may do: fastnessd host");
  host->fallthrough(false);
  host->prefix_command();
  host->set_help_flag();
  set_examples(*host, {"fastness host init --data-dir ~/fastness --organisation Home --email "
                       "me@example.org --api-key --json",
                       "fastness host setup-link --data-dir ~/fastness",
                       "fastness host status --data-dir ~/fastness"});
  host->callback([host, &action] {
    action = [arguments = host->remaining()] { return hand_over(arguments); };
  });
}

}  // namespace fastness::cli
