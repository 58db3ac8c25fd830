#include "accounts/news/letter/news_words.h"

namespace fastness::accounts::words {
namespace {

wording::Phrase ask_why_it_is() {
  return {.en = "Ask whoever runs this server why, and what you have to do.",
          .de =
              "Fragen Sie den Betreiber dieses Servers nach dem Grund und danach, was Sie tun "
              "müssen."};
}

}  // namespace

NewsWords account_suspended() {
  return {.title = {.en = "your account is suspended", .de = "Ihr Konto ist gesperrt"},
          .deed = {.en = "whoever runs this server suspended your account. Nobody can sign in to "
                         "it, all its sessions have ended, and API keys that you made open nothing "
                         "until it is resumed. Nothing was deleted, and boards go on.",
                   .de = "hat der Betreiber dieses Servers Ihr Konto gesperrt. Niemand kann sich "
                         "bei ihm anmelden, alle Sitzungen sind beendet, und API-Schlüssel, die "
                         "Sie erstellt haben, öffnen nichts, bis die Sperre aufgehoben ist. "
                         "Gelöscht wurde nichts, und die Geräte arbeiten weiter."},
          .to_do = ask_why_it_is()};
}

NewsWords account_resumed() {
  return {.title = {.en = "your account is open again", .de = "Ihr Konto ist nicht mehr gesperrt"},
          .deed = {.en = "whoever runs this server ended the suspension of your account. You can "
                         "sign in, and the API keys that you made are good again, but for those "
                         "that have ended meanwhile.",
                   .de = "hat der Betreiber dieses Servers die Sperre Ihres Kontos aufgehoben. Sie "
                         "können sich wieder anmelden, und die API-Schlüssel, die Sie erstellt "
                         "haben, gelten wieder, wenn sie nicht inzwischen beendet sind."},
          .to_do = {.en = "If you do not know why it was suspended, ask whoever runs this server.",
                    .de = "Wissen Sie nicht, warum es gesperrt war, fragen Sie den Betreiber "
                          "dieses Servers."}};
}

NewsWords signed_out_by_host() {
  return {.title = {.en = "the host signed you out everywhere",
                    .de = "Der Betreiber hat Sie überall abgemeldet"},
          .deed = {.en = "whoever runs this server ended all sessions of your account. Your "
                         "password signs in as before.",
                   .de = "hat der Betreiber dieses Servers alle Sitzungen Ihres Kontos beendet. "
                         "Mit Ihrem Passwort melden Sie sich an wie bisher."},
          .to_do = {.en = "Sign in again. If you do not know why, ask whoever runs this server "
                          "whether somebody else was in your account; if so, choose another "
                          "password on the page Account.",
                    .de = "Melden Sie sich wieder an. Kennen Sie den Grund nicht, fragen Sie den "
                          "Betreiber dieses Servers, ob jemand anderes in Ihrem Konto war, und "
                          "wählen Sie dann auf der Seite „Account“ ein anderes Passwort."}};
}

}  // namespace fastness::accounts::words
