#include <CLI/CLI.hpp>

#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kAccountExamples = R"(
Examples:
  fastness host account list --data-dir ~/fastness
  fastness host account suspend --data-dir ~/fastness me@example.org --reason "laptop stolen"
  fastness host account resume --data-dir ~/fastness me@example.org
  fastness host account end-sessions --data-dir ~/fastness me@example.org)";

constexpr const char* kAccountListExample = R"(
Example:
  fastness host account list --data-dir ~/fastness)";

constexpr const char* kSuspendExample = R"(
Example:
  fastness host account suspend --data-dir ~/fastness me@example.org --reason "laptop stolen"

At once nobody signs in to it in any way, its sessions end, API keys that its person made open
nothing, and an operator's access ends. Nothing is deleted; boards go on. They are mailed, and find
the reason in the export of their data. An owner may be suspended: says who is left to administer.)";

constexpr const char* kResumeExample = R"(
Example:
  fastness host account resume --data-dir ~/fastness me@example.org

API keys are good again, but for those that have ended meanwhile. Sessions are not brought back.)";

constexpr const char* kEndSessionsExample = R"(
Example:
  fastness host account end-sessions --data-dir ~/fastness me@example.org

Their password stays, and API keys do. They are mailed.)";

}  // namespace

AccountNoun::AccountNoun(CLI::App& host, AccountCommand& command) {
  CLI::App& noun = add_noun(host, "account", "who has an account, and who is kept out of theirs",
                            kAccountExamples);
  verbs_.add(noun, Action::account_list, "list", "everybody who has an account",
             kAccountListExample);
  CLI::App& suspending = verbs_.add(noun, Action::account_suspend, "suspend",
                                    "keep somebody out of their account", kSuspendExample);
  CLI::App& resuming =
      verbs_.add(noun, Action::account_resume, "resume", "let them in again", kResumeExample);
  CLI::App& ending = verbs_.add(noun, Action::account_end_sessions, "end-sessions",
                                "sign somebody out everywhere", kEndSessionsExample);
  for (CLI::App* verb : {&suspending, &resuming, &ending}) {
    verb->add_option("email", command.email, "whose")->required()->type_name("ADDRESS");
  }
  suspending.add_option("--reason", command.reason, "for the record")->required();
}

bool AccountNoun::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  command.account.form = verbs_.form();
  return true;
}

}  // namespace fastness::supervisor
