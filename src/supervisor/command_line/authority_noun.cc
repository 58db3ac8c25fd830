#include <CLI/CLI.hpp>

#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kCaExamples = R"(
Examples:
  fastness ca status --data-dir ~/fastness
  fastness ca rotate --data-dir ~/fastness --reason "as every month"

Each command's --help has more.)";

constexpr const char* kCaStatusExample = R"(
Example:
  fastness ca status --data-dir ~/fastness

Generations, how many devices have a certificate of each, and whom a rotation waits for.)";

constexpr const char* kCaRotateExample = R"(
Examples:
  fastness ca rotate --data-dir ~/fastness --reason "as every month"
  fastness ca rotate --data-dir ~/fastness --emergency --cut-off 90 --reason "a backup was stolen"

A routine rotation cuts nobody off. An emergency gives the old key up at once: of its devices only
boards come in, until the cut-off, and all others must enrol anew. It says so, and asks, before it does.)";

constexpr const char* kCaAbortExample = R"(
Example:
  fastness ca abort --data-dir ~/fastness

Before the new key issues it is destroyed, and all is as it was. After that it only ends the wait.)";

constexpr const char* kCaUnlockExample = R"(
Example:
  fastness ca unlock --data-dir ~/fastness

Ends a lockdown of enrolment (identity.on_forgery = "lockdown"). Give the loose key up first, with
fastness ca rotate --emergency: its next use locks again otherwise.)";

constexpr const char* kCaDistrustExample = R"(
Example:
  fastness ca distrust 1 --data-dir ~/fastness --cut-off 2027-01-31

Said again it moves the cut-off. Days are counted from 00:00 UTC of today. If it takes two people
(fastness host order), give a date: that is the same order tomorrow.)";

constexpr const char* kCaDestroyExample = R"(
Example:
  fastness ca destroy 1 --data-dir ~/fastness --devices 12

--devices must be how many boards still come in by its certificates: fastness ca status says it.)";

void add_generation(CLI::App& verb, AuthorityCommand& command) {
  verb.add_option("generation", command.generation, "its number, as status says it")
      ->type_name("GENERATION")
      ->required();
}

CLI::Option* add_cut_off(CLI::App& verb, AuthorityCommand& command) {
  return verb
      .add_option("--cut-off", command.cut_off, "until when boards of the old generation come in")
      ->type_name("DAYS|DATE|never");
}

}  // namespace

AuthorityNoun::AuthorityNoun(CLI::App& app, AuthorityCommand& command) {
  CLI::App& ca =
      add_noun(app, "ca", "the authority that signs the devices' certificates", kCaExamples);
  verbs_.add(ca, Action::ca_status, "status", "its generations, and how far a rotation is",
             kCaStatusExample);
  CLI::App& rotate =
      verbs_.add(ca, Action::ca_rotate, "rotate",
                 "replace the issuing key, in a routine way or in an emergency", kCaRotateExample);
  rotate.add_option("--reason", command.reason, "for the record")->required();
  rotate.add_flag("--emergency", command.is_emergency,
                  "give the old key up: somebody else may have it");
  rotate
      .add_option("--soak", command.soak_minutes,
                  "how long the new key is known before it issues; 60 if left out")
      ->type_name("MINUTES")
      ->check(CLI::Range(0, 10'080));
  add_cut_off(rotate, command);
  add_yes(rotate, command.is_agreed);
  add_yes(verbs_.add(ca, Action::ca_abort, "abort", "end the rotation that is under way",
                     kCaAbortExample),
          command.is_agreed);
  add_yes(verbs_.add(ca, Action::ca_unlock, "unlock", "end a lockdown: let new devices in again",
                     kCaUnlockExample),
          command.is_agreed);
  CLI::App& distrust = verbs_.add(ca, Action::ca_distrust, "distrust",
                                  "give up the key of a retiring generation", kCaDistrustExample);
  add_generation(distrust, command);
  add_cut_off(distrust, command)->required();
  add_yes(distrust, command.is_agreed);
  CLI::App& destroy =
      verbs_.add(ca, Action::ca_destroy, "destroy",
                 "destroy the private key of a distrusted generation", kCaDestroyExample);
  add_generation(destroy, command);
  destroy
      .add_option("--devices", command.devices,
                  "how many boards still come in by its certificates; 0 if left out")
      ->type_name("N");
  add_yes(destroy, command.is_agreed);
}

bool AuthorityNoun::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  command.authority.form = verbs_.form();
  return true;
}

}  // namespace fastness::supervisor
