// fastness reference: every command, for docs/cli.md.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "commands.h"

namespace fastness::cli {
namespace {

constexpr const char* kIntroduction = R"(# The command line

<!-- Made by `fastness reference`. Edit apps/cli/commands/ instead. -->

`fastness NOUN VERB`, with `--help` and examples everywhere. `fastness login` keeps a server and an API key in
`~/.config/fastness/credentials.json`, mode 0600; all other commands speak to that server over HTTPS. No secret
is ever an argument: it is asked for, or read from a file.

`-o table|json|yaml|csv` chooses what is printed; JSON and YAML hold everything the server said.

| exit status | means |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | wrong usage: what was meant is suggested |
| 3 | there is no such thing |
| 4 | not logged in, or not permitted |
| 5 | in conflict with what is there |
| 6 | the server cannot be reached, or is busy: try again |
| 7 | done in part |
)";

std::string path_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : path_of(*parent) + " " + command.get_name();
}

// The example lines of a footer; they alone are indented.
std::string examples_of(const CLI::App& command) {
  const std::string footer = command.get_footer();
  std::string out;
  for (std::size_t start = 0; start < footer.size();) {
    const std::size_t end = std::min(footer.find('\n', start), footer.size());
    const std::string line = footer.substr(start, end - start);
    if (line.starts_with("  ")) out += "  " + line + "\n";
    start = end + 1;
  }
  return out;
}

void describe(const CLI::App& command, std::string& out) {
  const auto commands = command.get_subcommands({});
  for (const CLI::App* each : commands) describe(*each, out);
  if (!commands.empty()) return;
  out +=
      "\n`" + path_of(command) + "`: " + command.get_description() + "\n\n" + examples_of(command);
}

}  // namespace

void set_examples(CLI::App& command, std::initializer_list<std::string> lines,
                  const std::string& note) {
  std::string footer = lines.size() == 1 ? "\nExample:" : "\nExamples:";
  for (const std::string& line : lines) footer += "\n  " + line;
  command.footer(footer + (note.empty() ? "" : "\n\n" + note));
}

std::string reference_markdown(const CLI::App& app) {
  std::string out = kIntroduction;
  for (const CLI::App* noun : app.get_subcommands({})) {
    const bool has_verbs = !noun->get_subcommands({}).empty();
    out += "\n## " + noun->get_name() + (has_verbs ? ": " + noun->get_description() : "") + "\n";
    describe(*noun, out);
  }
  return out;
}

void add_reference_command(CLI::App& app, Session& /*session*/, Action& action) {
  auto* command =
      app.add_subcommand("reference", "print every command with an example, as Markdown");
  set_examples(*command, {"fastness reference > docs/cli.md"});
  command->callback([&app, &action] {
    action = [&app]() -> Result<ExitStatus> {
      std::fputs(reference_markdown(app).c_str(), stdout);
      return ExitStatus::success;
    };
  });
}

}  // namespace fastness::cli
