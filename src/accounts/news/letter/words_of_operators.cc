#include "accounts/news/letter/news_words.h"

namespace fastness::accounts::words {
namespace {

wording::Phrase ask_who_runs_it() {
  return {.en = "If you do not know why, ask whoever runs this server.",
          .de = "Kennen Sie den Grund nicht, fragen Sie den Betreiber dieses Servers."};
}

wording::Phrase look_and_end() {
  return {.en =
              "The page Support access says who it is, what they may do and why. You can end it "
              "there at once. The page Audit has what they did.",
          .de =
              "Wer es ist, was er darf und warum, steht auf der Seite „Support access“. Dort "
              "können Sie den Zugang sofort beenden. Was er getan hat, steht auf der Seite "
              "„Audit“."};
}

}  // namespace

NewsWords access_asked() {
  return {
      .title = {.en = "an operator asks to be let into your organisation",
                .de = "Ein Operator bittet um Zugang zu Ihrer Organisation"},
      .deed = {.en = "an operator of this server asked to be let into an organisation that you "
                     "administer. Nobody is in yet.",
               .de = "bat ein Operator dieses Servers um Zugang zu einer Organisation, die Sie "
                     "verwalten. Noch hat niemand Zugang."},
      .to_do = {.en = "Look at who asks, for what and why, on the page Support access. Approve it "
                      "there, or refuse. Another operator may approve it as well.",
                .de = "Sehen Sie auf der Seite „Support access“ nach, wer worum und warum bittet, "
                      "und stimmen Sie dort zu, oder lehnen Sie ab. Auch ein anderer Operator kann "
                      "zustimmen."}};
}

NewsWords access_granted() {
  return {.title = {.en = "an operator was let into your organisation",
                    .de = "Ein Operator hat Zugang zu Ihrer Organisation erhalten"},
          .deed = {.en = "an operator of this server was let into an organisation that you "
                         "administer, by another operator, for four hours at most.",
                   .de = "erhielt ein Operator dieses Servers durch einen anderen Operator Zugang "
                         "zu einer Organisation, die Sie verwalten, für höchstens vier Stunden."},
          .to_do = look_and_end()};
}

NewsWords glass_broken() {
  return {.title = {.en = "the sealed codes of this server were used",
                    .de = "Die versiegelten Codes dieses Servers wurden benutzt"},
          .deed = {.en = "an operator of this server let themself into an organisation by two of "
                         "the sealed codes, which are for the day when nobody can be asked.",
                   .de = "verschaffte sich ein Operator dieses Servers Zugang zu einer "
                         "Organisation, mit zwei der versiegelten Codes, die für den Tag sind, an "
                         "dem niemand gefragt werden kann."},
          .to_do = look_and_end()};
}

NewsWords access_to_approve() {
  return {
      .title = {.en = "another operator asks for access",
                .de = "Ein anderer Operator bittet um Zugang"},
      .deed = {.en = "another operator asked to be let into an organisation. Somebody of it can "
                     "decide, or another operator.",
               .de = "bat ein anderer Operator um Zugang zu einer Organisation. Entscheiden kann "
                     "jemand, der sie verwaltet, oder ein anderer Operator."},
      .to_do = {.en = "The page Operator has what is asked and why. Approve only what you know to "
                      "be right: your passkey signs for it.",
                .de = "Worum gebeten wird und warum, steht auf der Seite „Operator“. Stimmen Sie "
                      "nur zu, wenn Sie wissen, dass es richtig ist: Ihr Passkey unterschreibt "
                      "dafür."}};
}

NewsWords made_operator() {
  return {
      .title = {.en = "you are an operator of this server",
                .de = "Sie sind Operator dieses Servers"},
      .deed = {.en = "whoever runs this server made you one of its operators. You may ask to be "
                     "let into organisations, and approve what others ask for.",
               .de = "hat der Betreiber dieses Servers Sie zum Operator gemacht. Sie dürfen um "
                     "Zugang zu Organisationen bitten und dem zustimmen, worum andere bitten."},
      .to_do = {.en = "Add a passkey on the page Account, if you have none: an operator signs by "
                      "it. If you do not know why, ask whoever runs this server.",
                .de = "Fügen Sie auf der Seite „Account“ einen Passkey hinzu, wenn Sie keinen "
                      "haben: Damit unterschreibt ein Operator. Kennen Sie den Grund nicht, fragen "
                      "Sie den Betreiber dieses Servers."}};
}

NewsWords operator_no_more() {
  return {.title = {.en = "you are no operator of this server any more",
                    .de = "Sie sind nicht mehr Operator dieses Servers"},
          .deed = {.en = "whoever runs this server took it back that you are an operator. Access "
                         "that you had to organisations of others has ended.",
                   .de = "hat der Betreiber dieses Servers zurückgenommen, dass Sie Operator sind. "
                         "Ihr Zugang zu Organisationen anderer ist beendet."},
          .to_do = ask_who_runs_it()};
}

NewsWords order_to_approve() {
  return {
      .title = {.en = "an order of the host waits for two operators",
                .de = "Ein Befehl am Host wartet auf zwei Operatoren"},
      .deed = {.en = "somebody gave an order on this server's host that is not done before two "
                     "operators have agreed to it.",
               .de = "gab jemand am Host dieses Servers einen Befehl, der erst ausgeführt wird, "
                     "wenn zwei Operatoren zugestimmt haben."},
      .to_do = {.en = "The page Operator says what it is. Ask whoever gave it, by another way than "
                      "this mail. Approve only what you know to be right: your passkey signs for "
                      "it. If nobody knows of it, refuse it, and look at who can use the host.",
                .de = "Was es ist, steht auf der Seite „Operator“. Fragen Sie, wer ihn gab, auf "
                      "einem anderen Weg als dieser Mail. Stimmen Sie nur zu, wenn Sie wissen, "
                      "dass es richtig ist: Ihr Passkey unterschreibt dafür. Weiß niemand davon, "
                      "lehnen Sie ab und sehen Sie nach, wer den Host benutzen kann."}};
}

NewsWords order_by_codes() {
  return {
      .title = {.en = "an order of the host was approved by the sealed codes",
                .de = "Einem Befehl am Host wurde mit den versiegelten Codes zugestimmt"},
      .deed = {.en = "two of the sealed codes were used on this server's host in place of two "
                     "operators, to approve an order. The codes are worth nothing any more.",
               .de = "wurden am Host dieses Servers zwei der versiegelten Codes anstelle zweier "
                     "Operatoren benutzt, um einem Befehl zuzustimmen. Die Codes gelten nicht "
                     "mehr."},
      .to_do = {.en =
                    "If you do not know why, ask whoever runs this server at once, and refuse the "
                    "order on the page Operator while it waits there.",
                .de = "Kennen Sie den Grund nicht, fragen Sie sofort den Betreiber dieses Servers, "
                      "und lehnen Sie den Befehl auf der Seite „Operator“ ab, solange er dort "
                      "steht."}};
}

}  // namespace fastness::accounts::words
