#include "accounts/news/letter/news_words.h"

#include "accounts/sign_in/browser_name.h"

namespace fastness::accounts {

using wording::Phrase;

Phrase from_where(const Visitor& visitor) {
  Phrase from{.en = "", .de = ""};
  if (!visitor.address.empty()) {
    from += Phrase{.en = " from " + visitor.address, .de = " von " + visitor.address + " aus"};
  }
  if (!visitor.browser.empty()) {
    from += Phrase{.en = " with ", .de = " mit "} + browser_phrase(visitor.browser);
  }
  return from;
}

// Consoles are English: pages are named as they are found there.
Phrase if_not_you() {
  return {.en =
              "If it was you, nothing. If not: sign in, choose another password on the page "
              "Account, which signs everybody else out, and end the passkeys, linked sign-ins "
              "and API keys that you do not know. "
              "If you cannot sign in, ask whoever runs this server for a link to choose a "
              "password, and whether they did this.",
          .de =
              "Waren Sie es selbst, ist nichts zu tun. Sonst melden Sie sich an, wählen Sie auf "
              "der Seite „Account“ ein anderes Passwort, was alle anderen abmeldet, und beenden "
              "Sie die Passkeys, verknüpften Anmeldungen und API-Schlüssel, die Sie nicht kennen. "
              "Können Sie sich nicht anmelden, bitten Sie den Betreiber dieses Servers um einen "
              "Link zum Wählen eines Passworts, und fragen Sie ihn, ob er es war."};
}

NewsWords words_of(const News& news) {
  switch (news.kind) {
    case NewsKind::password_changed:
      return words::password_changed();
    case NewsKind::password_set_by_link:
      return words::password_set_by_link();
    case NewsKind::factor_set:
      return words::factor_set();
    case NewsKind::factor_removed:
      return words::factor_removed();
    case NewsKind::factor_reset:
      return words::factor_reset();
    case NewsKind::recovery_codes_made:
      return words::recovery_codes_made();
    case NewsKind::recovery_code_used:
      return words::recovery_code_used();
    case NewsKind::signed_out_elsewhere:
      return words::signed_out_elsewhere(news);
    case NewsKind::new_place:
      return words::new_place(news);
    case NewsKind::wrong_passwords:
      return words::wrong_passwords(news);
    case NewsKind::wrong_codes:
      return words::wrong_codes(news);
    case NewsKind::key_created:
      return words::key_created(news);
    case NewsKind::key_in_new_network:
      return words::key_in_new_network(news);
    case NewsKind::key_refused_elsewhere:
      return words::key_refused_elsewhere(news);
    case NewsKind::honey_key_used:
      return words::honey_key_used(news);
    case NewsKind::key_leaked:
      return words::key_leaked(news);
    case NewsKind::impossible_travel:
      return words::impossible_travel(news);
    case NewsKind::key_read_much:
      return words::key_read_much(news);
    case NewsKind::read_much:
      return words::read_much(news);
    case NewsKind::session_carried_off:
      return words::session_carried_off(news);
    case NewsKind::exported:
      return words::exported(news);
    case NewsKind::exported_by_host:
      return words::exported_by_host();
    case NewsKind::role_changed:
      return words::role_changed();
    case NewsKind::left_organisation:
      return words::left_organisation();
    case NewsKind::joined_organisation:
      return words::joined_organisation();
    case NewsKind::invitation_accepted:
      return words::invitation_accepted();
    case NewsKind::organisation_handed_over:
      return words::organisation_handed_over();
    case NewsKind::organisation_received:
      return words::organisation_received();
    case NewsKind::access_asked:
      return words::access_asked();
    case NewsKind::access_granted:
      return words::access_granted();
    case NewsKind::glass_broken:
      return words::glass_broken();
    case NewsKind::access_to_approve:
      return words::access_to_approve();
    case NewsKind::made_operator:
      return words::made_operator();
    case NewsKind::operator_no_more:
      return words::operator_no_more();
    case NewsKind::account_suspended:
      return words::account_suspended();
    case NewsKind::account_resumed:
      return words::account_resumed();
    case NewsKind::signed_out_by_host:
      return words::signed_out_by_host();
    case NewsKind::order_to_approve:
      return words::order_to_approve();
    case NewsKind::order_by_codes:
      return words::order_by_codes();
    case NewsKind::passkey_added:
      return words::passkey_added();
    case NewsKind::passkey_removed:
      return words::passkey_removed();
    case NewsKind::passkeys_reset:
      return words::passkeys_reset();
    case NewsKind::passkey_doubted:
      return words::passkey_doubted(news);
    case NewsKind::sign_in_linked:
      return words::sign_in_linked(news);
    case NewsKind::sign_in_unlinked:
      return words::sign_in_unlinked(news);
    case NewsKind::sign_ins_reset:
      return words::sign_ins_reset();
  }
  // A kind of a later release, in a database that was taken back.
  return {.title = {.en = "see the console", .de = "Sehen Sie in die Konsole"},
          .deed = {.en = "something happened that this server has no words for.",
                   .de = "geschah etwas, wofür dieser Server keine Worte hat."},
          .to_do = if_not_you()};
}

}  // namespace fastness::accounts
