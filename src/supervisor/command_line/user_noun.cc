#include <CLI/CLI.hpp>

#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kUserExamples = R"(
Examples:
  fastness host user export --data-dir ~/fastness me@example.org me.json
  fastness host user erase --data-dir ~/fastness me@example.org)";

constexpr const char* kExportExample = R"(
Example:
  fastness host user export --data-dir ~/fastness me@example.org me.json

For somebody who asks for their data. They can also take it along themselves, in the console.)";

constexpr const char* kEraseExample = R"(
Example:
  fastness host user erase --data-dir ~/fastness me@example.org

Nobody can undo it. Says from when on no copy is left, and which recovery kits to destroy.)";

}  // namespace

UserNoun::UserNoun(CLI::App& host, UserCommand& command) {
  CLI::App& user =
      add_noun(host, "user", "the data of a person, if they ask for it", kUserExamples);
  CLI::App& exporting = verbs_.add(user, Action::user_export, "export",
                                   "write everything that is kept about a person", kExportExample);
  CLI::App& erasing =
      verbs_.add(user, Action::user_erase, "erase",
                 "erase a person with the organisation of theirs, for good", kEraseExample);
  for (CLI::App* verb : {&exporting, &erasing}) {
    verb->add_option("email", command.email, "whose")->required()->type_name("ADDRESS");
  }
  add_file(exporting, "file", command.file, "where to: a file that is not there yet");
  add_yes(erasing, command.is_agreed);
}

bool UserNoun::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  command.user.form = verbs_.form();
  if (command.action == Action::user_export) command.user.file = absolute(command.user.file);
  return true;
}

}  // namespace fastness::supervisor
