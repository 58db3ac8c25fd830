#include <CLI/CLI.hpp>

#include "supervisor/command_line/nouns.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kOperatorExamples = R"(
Examples:
  fastness host operator add --data-dir ~/fastness anna@example.org
  fastness host operator review --data-dir ~/fastness
  fastness host operator seal-codes --data-dir ~/fastness)";

constexpr const char* kAddExample = R"(
Example:
  fastness host operator add --data-dir ~/fastness anna@example.org

For somebody with an account here. It lets them into nothing: they may ask an organisation to let
them in, for four hours at most, and approve what other operators ask for. They sign by a passkey.)";

constexpr const char* kRemoveExample = R"(
Example:
  fastness host operator remove --data-dir ~/fastness anna@example.org

Whatever they were let into ends at once.)";

constexpr const char* kReviewExample = R"(
Example:
  fastness host operator review --data-dir ~/fastness

Once a week or so: is everybody who is on the list to be on it, and was all that they asked for
right?)";

constexpr const char* kEndExample = R"(
Example:
  fastness host operator end --data-dir ~/fastness 5a8b7e52-3c1d-4f0e-9b6a-2d4c8e1f7a90)";

constexpr const char* kSealExample = R"(
Example:
  fastness host operator seal-codes --data-dir ~/fastness

Two of the three let an operator in when nobody can be asked, once, and everybody is told. Write
each on a paper of its own, seal it, and give each to somebody else. They end those made before.)";

constexpr const char* kOrderExamples = R"(
Examples:
  fastness host order guard --data-dir ~/fastness
  fastness host order list --data-dir ~/fastness)";

constexpr const char* kOrderListExample = R"(
Example:
  fastness host order list --data-dir ~/fastness

What waits for two operators, or may be done now, and who has signed it.)";

constexpr const char* kOrderGuardExample = R"(
Example:
  fastness host order guard --data-dir ~/fastness

From then on the gravest orders are not done when one person gives them. Two operators approve each
by their passkeys, on the page Operator of the console; then the very same command is given again.
Seal codes before (fastness host operator seal-codes), for the day when no two can be asked.)";

constexpr const char* kOrderUnguardExample = R"(
Example:
  fastness host order unguard --data-dir ~/fastness

This is such an order itself.)";

constexpr const char* kOrderApproveExample = R"(
Example:
  fastness host order approve-by-codes --data-dir ~/fastness 5a8b7e52-3c1d-4f0e-9b6a-2d4c8e1f7a90

Asks for two of the three sealed codes, which take the place of both operators. They are worth
nothing afterwards, and every operator is mailed. --codes-fd names a descriptor to read them from,
each on a line of its own.)";

constexpr const char* kOrderSignaturesExample = R"(
Example:
  fastness host order signatures --data-dir ~/fastness 5a8b7e52-3c1d-4f0e-9b6a-2d4c8e1f7a90

Who signed what, as JSON, to be checked without this server. The audit trail names the order.)";

}  // namespace

OperatorNoun::OperatorNoun(CLI::App& host, OperatorCommand& command) {
  CLI::App& noun = add_noun(host, "operator",
                            "people who run this server for others, and whom "
                            "they were let in by",
                            kOperatorExamples);
  CLI::App& adding =
      verbs_.add(noun, Action::operator_add, "add", "make somebody an operator", kAddExample);
  CLI::App& removing = verbs_.add(noun, Action::operator_remove, "remove",
                                  "they are no operator any more", kRemoveExample);
  for (CLI::App* verb : {&adding, &removing}) {
    verb->add_option("email", command.email, "whom")->required()->type_name("ADDRESS");
  }
  verbs_.add(noun, Action::operator_review, "review",
             "who the operators are, and what they were let into", kReviewExample);
  verbs_
      .add(noun, Action::operator_end, "end", "end what one was let into, or refuse it",
           kEndExample)
      .add_option("grant", command.grant, "which, by its id")
      ->required()
      ->type_name("ID");
  CLI::App& sealing =
      verbs_.add(noun, Action::operator_seal, "seal-codes",
                 "make three codes for the day when nobody can be asked", kSealExample);
  add_yes(sealing, command.is_agreed);
}

bool OperatorNoun::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  command.staff.form = verbs_.form();
  return true;
}

OrderNoun::OrderNoun(CLI::App& host, OrderCommand& command) {
  CLI::App& noun =
      add_noun(host, "order", "which of these orders need two people, and what waits for them",
               kOrderExamples);
  verbs_.add(noun, Action::order_list, "list", "what waits for two operators", kOrderListExample);
  verbs_.add(noun, Action::order_guard, "guard", "have the gravest orders need two operators",
             kOrderGuardExample);
  verbs_.add(noun, Action::order_unguard, "unguard", "have them need nobody else any more",
             kOrderUnguardExample);
  CLI::App& approving = verbs_.add(noun, Action::order_approve, "approve-by-codes",
                                   "approve one by two of the sealed codes", kOrderApproveExample);
  add_descriptor(approving, "--codes-fd", command.codes_descriptor,
                 "read the two codes from this descriptor");
  CLI::App& showing = verbs_.add(noun, Action::order_signatures, "signatures",
                                 "who signed an order, and what", kOrderSignaturesExample);
  for (CLI::App* verb : {&approving, &showing}) {
    verb->add_option("order", command.order, "which, by its id")->required()->type_name("ID");
  }
}

bool OrderNoun::fill(CommandLine& command) const {
  if (!verbs_.fill(command)) return false;
  command.order.form = verbs_.form();
  return true;
}

}  // namespace fastness::supervisor
