#include "accounts/news/letter/news_words.h"

namespace fastness::accounts::words {

NewsWords password_changed() {
  return {.title = {.en = "your password was changed", .de = "Ihr Passwort wurde geändert"},
          .deed = {.en = "your password was changed by somebody who knew the one before. All other "
                         "sessions have ended.",
                   .de = "wurde Ihr Passwort von jemandem geändert, der das bisherige kannte. Alle "
                         "anderen Sitzungen sind beendet."},
          .to_do = if_not_you()};
}

NewsWords password_set_by_link() {
  return {.title = {.en = "your password was replaced by a link",
                    .de = "Ihr Passwort wurde über einen Link ersetzt"},
          .deed = {.en = "your password was replaced by a link that whoever runs this server had "
                         "made. All sessions of before have ended.",
                   .de = "wurde Ihr Passwort über einen Link ersetzt, den der Betreiber dieses "
                         "Servers erstellt hatte. Alle bisherigen Sitzungen sind beendet."},
          .to_do = if_not_you()};
}

NewsWords factor_set() {
  return {.title = {.en = "your account has a new second factor",
                    .de = "Ihr Konto hat einen neuen zweiten Faktor"},
          .deed = {.en = "an authenticator app was set for your account, with recovery codes. An "
                         "app of before and its codes count no more.",
                   .de = "wurde für Ihr Konto eine Authenticator-App eingerichtet, mit "
                         "Wiederherstellungscodes. Eine frühere App und deren Codes gelten nicht "
                         "mehr."},
          .to_do = if_not_you()};
}

NewsWords factor_removed() {
  return {.title = {.en = "your second factor was taken away",
                    .de = "Ihr zweiter Faktor wurde entfernt"},
          .deed = {.en = "your second factor was taken away. The password alone signs in now.",
                   .de = "wurde Ihr zweiter Faktor entfernt. Zur Anmeldung genügt jetzt das "
                         "Passwort."},
          .to_do = if_not_you()};
}

NewsWords factor_reset() {
  return {.title = {.en = "the host took your second factor away",
                    .de = "Der Betreiber hat Ihren zweiten Faktor entfernt"},
          .deed = {.en = "whoever runs this server took your second factor away. The password "
                         "alone signs in now.",
                   .de = "hat der Betreiber dieses Servers Ihren zweiten Faktor entfernt. Zur "
                         "Anmeldung genügt jetzt das Passwort."},
          .to_do = if_not_you()};
}

NewsWords recovery_codes_made() {
  return {.title = {.en = "you have other recovery codes",
                    .de = "Sie haben neue Wiederherstellungscodes"},
          .deed = {.en = "other recovery codes were made. Those of before count no more.",
                   .de = "wurden neue Wiederherstellungscodes erstellt. Die bisherigen gelten "
                         "nicht mehr."},
          .to_do = if_not_you()};
}

NewsWords recovery_code_used() {
  return {
      .title = {.en = "a recovery code was used", .de = "Ein Wiederherstellungscode wurde benutzt"},
      .deed = {.en = "a recovery code was used in place of a code of your app. It counts no "
                     "more.",
               .de = "wurde anstelle eines Codes Ihrer App ein Wiederherstellungscode benutzt. "
                     "Er gilt nicht mehr."},
      .to_do = if_not_you()};
}

NewsWords passkey_added() {
  return {.title = {.en = "a passkey was added", .de = "Ein Passkey wurde hinzugefügt"},
          .deed = {.en = "a passkey was added to your account. It signs in without the password.",
                   .de = "wurde Ihrem Konto ein Passkey hinzugefügt. Mit ihm meldet man sich ohne "
                         "Passwort an."},
          .to_do = if_not_you()};
}

NewsWords passkey_removed() {
  return {.title = {.en = "a passkey was removed", .de = "Ein Passkey wurde entfernt"},
          .deed = {.en = "a passkey of your account was removed. It signs in no more.",
                   .de = "wurde ein Passkey Ihres Kontos entfernt. Mit ihm kann sich niemand mehr "
                         "anmelden."},
          .to_do = if_not_you()};
}

NewsWords passkeys_reset() {
  return {
      .title = {.en = "the host took your passkeys away",
                .de = "Der Betreiber hat Ihre Passkeys entfernt"},
      .deed = {.en = "whoever runs this server took your passkeys away. Your password signs in.",
               .de = "hat der Betreiber dieses Servers Ihre Passkeys entfernt. Mit Ihrem "
                     "Passwort können Sie sich anmelden."},
      .to_do = if_not_you()};
}

NewsWords passkey_doubted(const News& news) {
  const wording::Phrase from = from_where(news.from);
  return {
      .title = {.en = "one of your passkeys may have been copied",
                .de = "Einer Ihrer Passkeys wurde vielleicht kopiert"},
      .deed = {.en = "a passkey of yours was used" + from.en +
                     " and refused: it counts its uses, and counted fewer than before. There "
                     "may be two of it.",
               .de = "wurde einer Ihrer Passkeys" + from.de +
                     " benutzt und abgewiesen: Er zählt, wie oft er benutzt wird, und zählte "
                     "weniger als zuvor. Vielleicht gibt es ihn zweimal."},
      .to_do = {.en = "Remove this passkey on the page Account, which says which it is, and add "
                      "another.",
                .de = "Entfernen Sie diesen Passkey auf der Seite „Account“, die zeigt, welcher "
                      "es ist, und fügen Sie einen anderen hinzu."}};
}

NewsWords sign_in_linked(const News& news) {
  return {.title = {.en = "a linked sign-in was added",
                    .de = "Eine verknüpfte Anmeldung wurde hinzugefügt"},
          .deed = {.en = "a sign-in by " + news.client_id +
                         " was added to your account. Whoever is signed in there as that person "
                         "gets as far here as with your password.",
                   .de = "wurde Ihrem Konto eine Anmeldung über " + news.client_id +
                         " hinzugefügt. Wer dort als diese Person angemeldet ist, kommt hier so "
                         "weit wie mit Ihrem Passwort."},
          .to_do = if_not_you()};
}

NewsWords sign_in_unlinked(const News& news) {
  return {.title = {.en = "a linked sign-in was removed",
                    .de = "Eine verknüpfte Anmeldung wurde entfernt"},
          .deed = {.en = "a sign-in by " + news.client_id +
                         " was removed from your account. It signs in no more.",
                   .de = "wurde eine Anmeldung über " + news.client_id +
                         " von Ihrem Konto entfernt. Mit ihr kann sich niemand mehr anmelden."},
          .to_do = if_not_you()};
}

NewsWords sign_ins_reset() {
  return {
      .title = {.en = "the host took your linked sign-ins away",
                .de = "Der Betreiber hat Ihre verknüpften Anmeldungen entfernt"},
      .deed = {.en = "whoever runs this server took your sign-ins by others away. Your password "
                     "signs in.",
               .de = "hat der Betreiber dieses Servers Ihre Anmeldungen über andere Anbieter "
                     "entfernt. Mit Ihrem Passwort können Sie sich anmelden."},
      .to_do = if_not_you()};
}

NewsWords exported(const News& news) {
  const wording::Phrase from = from_where(news.from);
  return {.title = {.en = "your data were taken along", .de = "Ihre Daten wurden mitgenommen"},
          .deed = {.en = "all that is kept about you was taken along in one file" + from.en + ".",
                   .de = "wurde" + from.de +
                         " alles, was über Sie gespeichert ist, in einer Datei mitgenommen."},
          .to_do = if_not_you()};
}

NewsWords exported_by_host() {
  return {
      .title = {.en = "your data were exported on the host",
                .de = "Der Betreiber hat Ihre Daten exportiert"},
      .deed = {.en = "whoever runs this server exported all that is kept about you to one file.",
               .de = "hat der Betreiber dieses Servers alles, was über Sie gespeichert ist, in "
                     "eine Datei exportiert."},
      .to_do = if_not_you()};
}

}  // namespace fastness::accounts::words
