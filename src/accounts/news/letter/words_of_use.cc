#include "accounts/news/letter/news_words.h"

namespace fastness::accounts::words {
namespace {

using wording::Phrase;

// After many tries; without a place they were made by somebody who is signed in.
Phrase last_one(const Visitor& visitor) {
  const Phrase from = from_where(visitor);
  if (from.en.empty()) {
    return {.en = ", the last in a session of yours", .de = ", zuletzt in einer Ihrer Sitzungen"};
  }
  return {.en = ", the last" + from.en, .de = ", zuletzt" + from.de};
}

Phrase end_this_key() {
  return {.en =
              "If you know why, nothing. If not, end this key on the page API keys: what uses it "
              "stops at once.",
          .de =
              "Kennen Sie den Grund, ist nichts zu tun. Sonst beenden Sie diesen Schlüssel auf der "
              "Seite „API keys“: Was ihn benutzt, hört sofort auf."};
}

}  // namespace

NewsWords signed_out_elsewhere(const News& news) {
  const Phrase from = from_where(news.from);
  return {.title = {.en = "you were signed out everywhere else",
                    .de = "Sie wurden überall sonst abgemeldet"},
          .deed = {.en = "all sessions of your account but one were ended" + from.en + ".",
                   .de = "wurden" + from.de + " alle Sitzungen Ihres Kontos bis auf eine beendet."},
          .to_do = if_not_you()};
}

NewsWords new_place(const News& news) {
  const Phrase from = from_where(news.from);
  return {.title = {.en = "a sign-in from a new place", .de = "Eine Anmeldung von einem neuen Ort"},
          .deed = {.en = "somebody signed in to your account" + from.en +
                         ": a network or a browser that it was not used from in the last 90 days.",
                   .de = "hat sich jemand" + from.de +
                         " bei Ihrem Konto angemeldet: aus einem Netz oder mit einem Browser, die "
                         "dafür in den letzten 90 Tagen nicht benutzt wurden."},
          .to_do = if_not_you()};
}

NewsWords session_carried_off(const News& news) {
  const Phrase from = from_where(news.from);
  return {.title = {.en = "a session was used in another browser",
                    .de = "Eine Sitzung wurde in einem anderen Browser benutzt"},
          .deed = {.en = "a session of your account was used" + from.en +
                         ". It had begun in another browser, which no session changes by itself: "
                         "its cookie may have been copied. The session was ended, in both.",
                   .de = "wurde eine Sitzung Ihres Kontos" + from.de +
                         " benutzt. Sie hatte in einem anderen Browser begonnen, und von selbst "
                         "wechselt ihn keine: Vielleicht wurde ihr Cookie kopiert. Die Sitzung "
                         "wurde in beiden beendet."},
          .to_do = if_not_you()};
}

NewsWords wrong_passwords(const News& news) {
  const Phrase last = last_one(news.from);
  return {
      .title = {.en = "many wrong passwords", .de = "Viele falsche Passwörter"},
      .deed = {.en = "many wrong passwords had been tried for your account" + last.en +
                     ". You are told of this once a day.",
               .de = "waren für Ihr Konto viele falsche Passwörter versucht worden" + last.de +
                     ". Davon erfahren Sie einmal am Tag."},
      .to_do = {.en = "Whoever it was is not in. If your password is used elsewhere too, choose "
                      "another, and set a second factor on the page Account: it keeps out who "
                      "finds the password.",
                .de = "Wer es auch war, ist nicht hereingekommen. Benutzen Sie Ihr Passwort "
                      "auch anderswo, wählen Sie ein anderes, und richten Sie auf der Seite "
                      "„Account“ einen zweiten Faktor ein: Er hält auch den ab, der das "
                      "Passwort findet."}};
}

NewsWords wrong_codes(const News& news) {
  const Phrase last = last_one(news.from);
  return {
      .title = {.en = "many wrong codes", .de = "Viele falsche Codes"},
      .deed = {.en = "many wrong codes of your second factor had been tried by somebody who "
                     "knows your password" +
                     last.en + ". You are told of this once a day.",
               .de = "hatte jemand, der Ihr Passwort kennt, viele falsche Codes Ihres zweiten "
                     "Faktors versucht" +
                     last.de + ". Davon erfahren Sie einmal am Tag."},
      .to_do = {.en = "Choose another password on the page Account, now. If it was you, look "
                      "whether the clock of your app is right.",
                .de = "Wählen Sie auf der Seite „Account“ jetzt ein anderes Passwort. Waren Sie "
                      "es selbst, sehen Sie nach, ob die Uhr Ihrer App richtig geht."}};
}

NewsWords key_created(const News& news) {
  return {.title = {.en = "an API key was made", .de = "Ein API-Schlüssel wurde erstellt"},
          .deed = {.en = "the API key " + news.client_id + " was made. It acts for you.",
                   .de = "wurde der API-Schlüssel " + news.client_id +
                         " erstellt. Er handelt in Ihrem Namen."},
          .to_do = if_not_you()};
}

NewsWords key_in_new_network(const News& news) {
  const Phrase from = from_where(news.from);
  return {.title = {.en = "an API key was used from a new network",
                    .de = "Ein API-Schlüssel wurde aus einem neuen Netz benutzt"},
          .deed = {.en = "the API key " + news.client_id + " was used" + from.en +
                         ", where it was not used before.",
                   .de = "wurde der API-Schlüssel " + news.client_id + from.de +
                         " benutzt, zum ersten Mal aus diesem Netz."},
          .to_do = end_this_key()};
}

NewsWords key_refused_elsewhere(const News& news) {
  const Phrase from = from_where(news.from);
  return {.title = {.en = "an API key was tried where it may not be used",
                    .de = "Ein API-Schlüssel wurde versucht, wo er nicht benutzt werden darf"},
          .deed = {.en = "the API key " + news.client_id + " was tried" + from.en +
                         ", which is in none of its networks. It was refused, but whoever tried "
                         "has its secret.",
                   .de = "wurde der API-Schlüssel " + news.client_id + from.de +
                         " versucht. Das liegt in keinem seiner Netze. Er wurde abgewiesen, aber "
                         "wer es versucht hat, hat sein Geheimnis."},
          .to_do = end_this_key()};
}

NewsWords honey_key_used(const News& news) {
  const Phrase from = from_where(news.from);
  return {.title = {.en = "a honey key was tried", .de = "Ein Köderschlüssel wurde versucht"},
          .deed = {.en = "the honey key " + news.client_id + " was tried" + from.en +
                         ". It opens nothing, but somebody has been where you put it.",
                   .de = "wurde der Köderschlüssel " + news.client_id + from.de +
                         " versucht. Er öffnet nichts, aber jemand war dort, wo Sie ihn hingelegt "
                         "haben."},
          .to_do = {.en = "Find out who reads where you put it, and take other secrets that lie "
                          "there as known.",
                    .de = "Finden Sie heraus, wer dort liest, wo Sie ihn hingelegt haben, und "
                          "betrachten Sie andere Geheimnisse, die dort liegen, als bekannt."}};
}

NewsWords key_leaked(const News& news) {
  return {.title = {.en = "an API key was found by somebody, and has ended",
                    .de = "Jemand hat einen API-Schlüssel gefunden; er ist beendet"},
          .deed = {.en = "somebody reported that they found the secret of the API key " +
                         news.client_id + ". It has ended, and what used it is cut off.",
                   .de = "hat jemand gemeldet, das Geheimnis des API-Schlüssels " + news.client_id +
                         " gefunden zu haben. Der Schlüssel ist beendet, und was ihn benutzte, ist "
                         "getrennt."},
          .to_do = {.en = "Make another key for what used it, and find out how this one got out.",
                    .de = "Erstellen Sie einen anderen Schlüssel für das, was ihn benutzte, und "
                          "finden Sie heraus, wie dieser bekannt wurde."}};
}

NewsWords impossible_travel(const News& news) {
  const Phrase from = from_where(news.from);
  return {.title = {.en = "sign-ins from two places too far apart",
                    .de = "Anmeldungen von zwei zu weit entfernten Orten"},
          .deed = {.en = "somebody signed in to your account" + from.en +
                         ": so far from the place of the sign-in before it that nobody can have "
                         "travelled between the two in that time. A VPN, or the network of a "
                         "telephone, can look like that; if it was neither, one of the two was "
                         "not you.",
                   .de = "hat sich jemand" + from.de +
                         " bei Ihrem Konto angemeldet: so weit vom Ort der Anmeldung davor "
                         "entfernt, dass in dieser Zeit niemand dorthin gereist sein kann. Ein VPN "
                         "oder das Netz eines Telefons kann so aussehen; war es keines von beiden, "
                         "waren Sie es einmal nicht."},
          .to_do = if_not_you()};
}

NewsWords key_read_much(const News& news) {
  const Phrase from = from_where(news.from);
  return {.title = {.en = "an API key reads far more than usual",
                    .de = "Ein API-Schlüssel liest weit mehr als sonst"},
          .deed = {.en = "the API key " + news.client_id +
                         " was given far more data within an hour than in any hour of the last "
                         "weeks, the last of it" +
                         from.en + ". It goes on. You are told of this once a day.",
                   .de = "hatte der API-Schlüssel " + news.client_id +
                         " innerhalb einer Stunde weit mehr Daten erhalten als in irgendeiner "
                         "Stunde der letzten Wochen, zuletzt" +
                         from.de + ". Er ist weiter gültig. Davon erfahren Sie einmal am Tag."},
          .to_do = end_this_key()};
}

NewsWords read_much(const News& news) {
  const Phrase from = from_where(news.from);
  return {.title = {.en = "far more than usual is read in your name",
                    .de = "In Ihrem Namen wird weit mehr gelesen als sonst"},
          .deed = {.en = "far more data was read in sessions of yours within an hour than in any "
                         "hour of the last weeks, the last of it" +
                         from.en + ". You are told of this once a day.",
                   .de = "waren in Ihren Sitzungen innerhalb einer Stunde weit mehr Daten gelesen "
                         "worden als in irgendeiner Stunde der letzten Wochen, zuletzt" +
                         from.de + ". Davon erfahren Sie einmal am Tag."},
          .to_do = if_not_you()};
}

}  // namespace fastness::accounts::words
