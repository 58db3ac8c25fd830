// fastness host ... and fastness ca ...: hand over to fastnessd, which is beside this program.
#include <cerrno>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "commands.h"
#include "os/files/descriptor.h"
#include "os/process.h"

namespace fastness::cli {
namespace {

Result<ExitStatus> hand_over(const std::string& noun, std::vector<std::string> arguments) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string folder, os::program_folder());
  const std::string program = folder + "/fastnessd";
  arguments.insert(arguments.begin(), {"fastnessd", noun});
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  return os::fail_with_errno("run " + program);
}

// A noun whose verbs are fastnessd's.
CLI::App* add_noun(CLI::App& app, const std::string& noun, const std::string& help,
                   Action& action) {
  CLI::App* command = app.add_subcommand(noun, help);
  command->fallthrough(false);
  command->prefix_command();
  command->set_help_flag();
  command->callback([command, noun, &action] {
    action = [noun, arguments = command->remaining()] { return hand_over(noun, arguments); };
  });
  return command;
}

}  // namespace

void add_host_command(CLI::App& app, Session& /*session*/, Action& action) {
  CLI::App* host =
      add_noun(app, "host", "what only the owner of the host may do: fastnessd host", action);
  set_examples(*host, {("fastness host init --data-dir ~/fastness --organisation Home --email "
                        "me@example.org --api-key --json"),
                       "fastness host setup-link --data-dir ~/fastness",
                       "fastness host reset-factors --data-dir ~/fastness --email me@example.org",
                       "fastness host status --data-dir ~/fastness",
                       ("fastness host restrict read-only --data-dir ~/fastness --reason \"a login "
                        "was stolen\""),
                       ("fastness host switch off downloads --data-dir ~/fastness --reason \"they "
                        "carry it away\""),
                       ("fastness host incident open --data-dir ~/fastness --reason \"a login was "
                        "stolen\" --restrict read-only"),
                       "fastness host incident status --data-dir ~/fastness",
                       "fastness host incident evidence --data-dir ~/fastness ~/incident-1",
                       ("fastness host incident affected --data-dir ~/fastness --user "
                        "me@example.org --since 7d"),
                       ("fastness host incident notify --data-dir ~/fastness --text letter.txt "
                        "--everybody"),
                       "fastness host incident report --data-dir ~/fastness",
                       "fastness host incident publish --data-dir ~/fastness",
                       "fastness host account list --data-dir ~/fastness",
                       ("fastness host account suspend --data-dir ~/fastness me@example.org "
                        "--reason \"laptop stolen\""),
                       "fastness host account resume --data-dir ~/fastness me@example.org",
                       "fastness host account end-sessions --data-dir ~/fastness me@example.org",
                       "fastness host order guard --data-dir ~/fastness",
                       "fastness host order list --data-dir ~/fastness",
                       "fastness host user export --data-dir ~/fastness me@example.org me.json",
                       "fastness host user erase --data-dir ~/fastness me@example.org",
                       "fastness host vault status --data-dir ~/fastness",
                       ("fastness host vault migrate --data-dir ~/fastness --set "
                        "vault.key=passphrase"),
                       "fastness host kit create --data-dir ~/fastness /media/stick/fastness.kit",
                       "fastness host kit rehearse --data-dir ~/fastness /media/stick/fastness.kit",
                       "fastness host backup create --data-dir ~/fastness /backup/fastness.backup",
                       "fastness host backup verify --data-dir ~/fastness /backup/fastness.backup",
                       "fastness host backup list /backup",
                       "fastness host backup schedule --config /etc/fastness.toml",
                       ("fastness host restore --kit /media/stick/fastness.kit --backup "
                        "/backup/fastness.backup ~/fastness"),
                       ("fastness host restore --scrub --set instance.environment=staging --kit "
                        "fastness.kit --backup fastness.backup ~/staging"),
                       ("fastness host ca switch-to-standby standby-root.pem --data-dir "
                        "~/fastness")});
}

void add_authority_command(CLI::App& app, Session& /*session*/, Action& action) {
  CLI::App* ca = add_noun(
      app, "ca", "the authority that signs the devices' certificates: fastnessd ca", action);
  set_examples(*ca,
               {"fastness ca status --data-dir ~/fastness",
                "fastness ca rotate --data-dir ~/fastness --reason \"as every month\"",
                "fastness ca rotate --data-dir ~/fastness --emergency --cut-off 90 --reason theft",
                "fastness ca abort --data-dir ~/fastness",
                "fastness ca distrust 1 --data-dir ~/fastness --cut-off 2027-01-31",
                "fastness ca destroy 1 --data-dir ~/fastness --devices 12"});
}

}  // namespace fastness::cli
