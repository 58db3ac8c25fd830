#include <CLI/CLI.hpp>

#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kHostExamples = R"(
Examples:
  fastness host init --data-dir ~/fastness --organisation Home --email me@example.org
  fastness host status --data-dir ~/fastness
  fastness host setup-link --data-dir ~/fastness
  fastness host kit create --data-dir ~/fastness /media/stick/fastness.kit
  fastness host restore --kit /media/stick/fastness.kit --backup /backup/fastness.backup ~/fastness)";

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

constexpr const char* kResetExample = R"(
Example:
  fastness host reset-factors --data-dir ~/fastness --email me@example.org

For somebody who has lost their authenticator app and their recovery codes. Make sure that it is they
who ask. Their password stays; their home page and the audit trail tell of it.)";

constexpr const char* kRestrictExample = R"(
Examples:
  fastness host restrict read-only --data-dir ~/fastness --reason "a login was stolen"
  fastness host restrict normal --data-dir ~/fastness

Levels, each with what those before it have:
  no-newcomers   nobody gets a new identity, key or secret
  read-only      people and programs only look, and take away; devices go on
  devices-only   people and programs are out; devices go on
  status-only    nobody comes in
  normal         ends it

In force at once, over restarts, until another order.)";

// Whoever sets up chooses their own.
constexpr const char* kNobodysAddress = "owner@localhost";

}  // namespace

HostNoun::HostNoun(CLI::App& app, HostCommand& command)
    : host_(add_noun(app, "host", "what only the owner of this machine may do", kHostExamples)) {
  CLI::App& init = verbs_.add(
      host_, Action::host_init, "init",
      "make the first user, organisation and API key, of a running instance or not", kInitExample);
  init.add_option("--organisation", command.organisation, "name")->required();
  init.add_option("--email", command.email,
                  "the first user's address; owner@localhost if left out, and theirs to change")
      ->type_name("ADDRESS");
  init.add_flag("--api-key", command.api_key, "make an API key and print it, this once");
  verbs_.add(host_, Action::host_status, "status",
             "where the running instance is reached, what to trust, whether it is set up",
             kStatusExample);
  verbs_
      .add(host_, Action::host_setup_link, "setup-link",
           "make a one-time link to choose a password by", kLinkExample)
      .add_option("--email", command.email, "whose password is to be chosen anew")
      ->type_name("ADDRESS");
  verbs_
      .add(host_, Action::host_reset_factors, "reset-factors",
           "take second factor, passkeys and linked sign-ins away from somebody who has lost them",
           kResetExample)
      .add_option("--email", command.email, "whose it is")
      ->type_name("ADDRESS")
      ->required();
  CLI::App& restrict =
      verbs_.add(host_, Action::host_restrict, "restrict",
                 "say how much goes on while something is wrong", kRestrictExample);
  restrict.add_option("level", command.level, "how much")
      ->check(CLI::IsMember({"normal", "no-newcomers", "read-only", "devices-only", "status-only"}))
      ->type_name("LEVEL")
      ->required();
  restrict.add_option("--reason", command.reason, "for the record");
}

bool HostNoun::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  HostCommand& host = command.host;
  host.form = verbs_.form();
  if (command.action == Action::host_init && host.email.empty()) host.email = kNobodysAddress;
  return true;
}

}  // namespace fastness::supervisor
