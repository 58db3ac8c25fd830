#include <CLI/CLI.hpp>

#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kSwitchExamples = R"(
Examples:
  fastness host switch list --data-dir ~/fastness
  fastness host switch off downloads --data-dir ~/fastness --reason "they carry it away"
  fastness host switch on downloads --data-dir ~/fastness)";

constexpr const char* kSwitchesExample = R"(
Example:
  fastness host switch list --data-dir ~/fastness)";

constexpr const char* kOffExample = R"(
Example:
  fastness host switch off downloads --data-dir ~/fastness --reason "they carry it away"

Components:
  sign-in         people sign in, and set up
  access-tokens   programs get new tokens for their keys
  arduino-api     the API for Arduino's clients
  live            what the console and programs are told as it happens
  downloads       an account, or a history, as a file
  est             enrolment and renewal over HTTPS
  mqtt-renewal    connections that may renew their certificate and nothing else
  mqtt-programs   people and programs over MQTT
  mqtt-secrets    devices by a secret key
  mqtt-plaintext  listeners without TLS

Off at once, over restarts, until it is switched on.)";

constexpr const char* kOnExample = R"(
Example:
  fastness host switch on downloads --data-dir ~/fastness)";

}  // namespace

SwitchNoun::SwitchNoun(CLI::App& host, SwitchCommand& command) {
  CLI::App& noun =
      add_noun(host, "switch", "single parts of the instance, off and on", kSwitchExamples);
  verbs_.add(noun, Action::switch_list, "list", "which parts there are, and which are off",
             kSwitchesExample);
  CLI::App& off = verbs_.add(noun, Action::switch_off, "off",
                             "switch a part off while it is what is wrong", kOffExample);
  CLI::App& on = verbs_.add(noun, Action::switch_on, "on", "switch it on again", kOnExample);
  for (CLI::App* verb : {&off, &on}) {
    verb->add_option("component", command.component, "which")
        ->check(
            CLI::IsMember({"sign-in", "access-tokens", "arduino-api", "live", "downloads", "est",
                           "mqtt-renewal", "mqtt-programs", "mqtt-secrets", "mqtt-plaintext"}))
        ->type_name("COMPONENT")
        ->required();
    verb->add_option("--reason", command.reason, "for the record");
  }
}

bool SwitchNoun::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  command.switches.form = verbs_.form();
  return true;
}

}  // namespace fastness::supervisor
