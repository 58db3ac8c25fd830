#include "accounts/news/letter/news_words.h"

namespace fastness::accounts::words {
namespace {

wording::Phrase ask_who_administers() {
  return {.en = "If you do not know why, ask who administers that organisation.",
          .de =
              "Kennen Sie den Grund nicht, fragen Sie jemanden, der diese Organisation "
              "verwaltet."};
}

}  // namespace

NewsWords role_changed() {
  return {
      .title = {.en = "you may do other things in an organisation than before",
                .de = "Sie dürfen in einer Organisation anderes als bisher"},
      .deed = {.en = "somebody who administers an organisation that you are in gave you another "
                     "role there, or other things. The page People says which.",
               .de = "hat Ihnen jemand, der eine Organisation verwaltet, der Sie angehören, "
                     "dort eine andere Rolle oder andere Dinge gegeben. Welche, steht auf der "
                     "Seite „People“."},
      .to_do = ask_who_administers()};
}

NewsWords left_organisation() {
  return {.title = {.en = "you are no longer in an organisation",
                    .de = "Sie gehören einer Organisation nicht mehr an"},
          .deed = {.en = "you were let go from an organisation that you were in, or left it. The "
                         "API keys that you made there have ended.",
                   .de = "wurden Sie aus einer Organisation entfernt, der Sie angehörten, oder "
                         "haben sie verlassen. Die API-Schlüssel, die Sie dort erstellt haben, "
                         "sind beendet."},
          .to_do = ask_who_administers()};
}

NewsWords joined_organisation() {
  return {.title = {.en = "you are in another organisation",
                    .de = "Sie gehören einer weiteren Organisation an"},
          .deed = {.en = "you came into an organisation by an invitation.",
                   .de = "kamen Sie durch eine Einladung in eine Organisation."},
          .to_do = if_not_you()};
}

NewsWords invitation_accepted() {
  return {
      .title = {.en = "somebody accepted your invitation",
                .de = "Jemand hat Ihre Einladung angenommen"},
      .deed = {.en = "somebody whom you had invited came into an organisation of yours. The "
                     "page People has who is in it.",
               .de = "kam jemand, den Sie eingeladen hatten, in eine Ihrer Organisationen. Wer "
                     "ihr angehört, steht auf der Seite „People“."},
      .to_do = {.en = "If you invited nobody, let them go on the page People, and choose "
                      "another password on the page Account.",
                .de = "Haben Sie niemanden eingeladen, entfernen Sie diese Person auf der Seite "
                      "„People“, und wählen Sie auf der Seite „Account“ ein anderes "
                      "Passwort."}};
}

NewsWords organisation_handed_over() {
  return {.title = {.en = "your organisation was handed over",
                    .de = "Ihre Organisation wurde übergeben"},
          .deed = {.en = "an organisation of yours was handed over in a session of yours. You "
                         "administer it, and somebody else owns it.",
                   .de = "wurde in einer Ihrer Sitzungen eine Ihrer Organisationen übergeben. Sie "
                         "verwalten sie weiter, und sie gehört jemand anderem."},
          .to_do = if_not_you()};
}

NewsWords organisation_received() {
  return {
      .title = {.en = "an organisation is yours now", .de = "Eine Organisation gehört jetzt Ihnen"},
      .deed = {.en = "an organisation that you are in was handed over to you. You own it now.",
               .de = "wurde Ihnen eine Organisation übergeben, der Sie angehören. Sie gehört "
                     "jetzt Ihnen."},
      .to_do = ask_who_administers()};
}

}  // namespace fastness::accounts::words
