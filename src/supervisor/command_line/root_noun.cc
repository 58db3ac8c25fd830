#include <CLI/CLI.hpp>

#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kRootExamples = R"(
Examples:
  fastness host ca switch-to-standby standby-root.pem --data-dir ~/fastness
  fastness host ca export-root standby-root.pem --standby --data-dir ~/fastness

The whole ceremony on one page: docs/ca-ceremony.md.)";

constexpr const char* kRootRequestExample = R"(
Examples:
  fastness host ca root-request request.pem --data-dir ~/fastness
  fastness host ca root-request request.pem --switch --data-dir ~/fastness

Of an instance that runs, or that is stopped, as after a restore without its root. Without --switch
the active root, which lies elsewhere, is to sign a new authority for the server's certificates;
with it the standby root is, and takes over.)";

constexpr const char* kSignRootExample = R"(
Example:
  fastness host ca sign-root --root standby-root.pem --in request.pem --out signed.pem

On any machine, best one without a network. It says what it will sign, asks for the code that opens
the root, and asks before it signs. The key is forgotten when it is done.)";

constexpr const char* kAcceptRootExample = R"(
Example:
  fastness host ca accept-root signed.pem --data-dir ~/fastness

The instance, running or stopped, takes nothing but what it asked for, signed by the root that it
asked.)";

constexpr const char* kSwitchExample = R"(
Examples:
  fastness host ca switch-to-standby standby-root.pem --data-dir ~/fastness
  fastness host ca switch-to-standby standby-root.pem --root active-root.pem --data-dir ~/fastness

For the day the active root is lost or stolen. Whoever is connected stays so, and boards that have
both roots need nothing. With --root the active root signs too, if the vault does not have it.)";

constexpr const char* kExportRootExample = R"(
Examples:
  fastness host ca export-root standby-root.pem --standby --data-dir ~/fastness
  fastness host ca export-root active-root.pem --data-dir ~/fastness

Of the stopped instance. The code that opens the file is shown this once.)";

constexpr const char* kForgetRootExample = R"(
Example:
  fastness host ca forget-root standby-root.pem --data-dir ~/fastness

Of the stopped instance. The file must open with its code: then the vault destroys its own copy.)";

CLI::Option* add_roots(CLI::App& verb, RootCommand& command) {
  return verb.add_option("--root", command.roots, "a root that export-root wrote; may be repeated")
      ->type_name("FILE")
      ->take_all()
      ->allow_extra_args(false);
}

void add_code(CLI::App& verb, RootCommand& command) {
  add_descriptor(verb, "--code-fd", command.code_descriptor,
                 "read the codes of the roots from this descriptor, one a line");
}

}  // namespace

RootNoun::RootNoun(CLI::App& host, RootCommand& command) {
  CLI::App& ca =
      add_noun(host, "ca", "the roots behind the server's own certificates", kRootExamples);
  const auto add_with_file = [&](Action action, const char* name, const char* help,
                                 const char* example) -> CLI::App& {
    CLI::App& verb = verbs_.add(ca, action, name, help, example);
    add_file(verb, "file", command.file, "which file");
    return verb;
  };
  add_with_file(Action::host_ca_request, "root-request",
                "write what a root that lies elsewhere is to sign", kRootRequestExample)
      .add_flag("--switch", command.is_switch, "the standby root takes over");
  CLI::App& sign =
      verbs_.add(ca, Action::host_ca_sign, "sign-root",
                 "sign it, with a root out of a file, on any machine", kSignRootExample);
  add_file(sign, "--in", command.file, "what root-request wrote");
  add_file(sign, "--out", command.output, "for accept-root");
  add_roots(sign, command)->required();
  add_code(sign, command);
  add_yes(sign, command.is_agreed);
  add_with_file(Action::host_ca_accept, "accept-root", "take what was signed", kAcceptRootExample);
  CLI::App& change =
      add_with_file(Action::host_ca_switch, "switch-to-standby",
                    "the standby root takes the active one's place, at once", kSwitchExample);
  add_roots(change, command);
  add_code(change, command);
  add_yes(change, command.is_agreed);
  add_with_file(Action::host_ca_export, "export-root", "carry a root out of the vault",
                kExportRootExample)
      .add_flag("--standby", command.is_standby, "the standby root, not the active one");
  add_code(add_with_file(Action::host_ca_forget, "forget-root",
                         "destroy the vault's copy of an exported root", kForgetRootExample),
           command);
}

bool RootNoun::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  command.root.form = verbs_.form();
  return true;
}

}  // namespace fastness::supervisor
