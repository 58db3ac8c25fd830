// The words for each kind of news, in every language side by side. Each kind has a function; they
// lie in files, by what they are about.
#pragma once

#include "accounts/news/news.h"
#include "wording/phrase.h"

namespace fastness::accounts {

struct NewsWords {
  wording::Phrase title;  // after "Fastness: "
  // Sentences after the time: "On 2026-11-22 01:30 UTC", "Am 22.11.2026 um 01:30 Uhr UTC". So the
  // German ones begin with their verb.
  wording::Phrase deed;
  wording::Phrase to_do;
};

[[nodiscard]] NewsWords words_of(const News& news);

// What to do if it was somebody else; after most kinds, and after several together.
[[nodiscard]] wording::Phrase if_not_you();

// Who did it, with a space before it, as far as that is known.
[[nodiscard]] wording::Phrase from_where(const Visitor& visitor);

namespace words {

// words_of_access.cc: password, factor, passkeys, linked sign-ins, sessions, data
[[nodiscard]] NewsWords password_changed();
[[nodiscard]] NewsWords password_set_by_link();
[[nodiscard]] NewsWords factor_set();
[[nodiscard]] NewsWords factor_removed();
[[nodiscard]] NewsWords factor_reset();
[[nodiscard]] NewsWords recovery_codes_made();
[[nodiscard]] NewsWords recovery_code_used();
[[nodiscard]] NewsWords passkey_added();
[[nodiscard]] NewsWords passkey_removed();
[[nodiscard]] NewsWords passkeys_reset();
[[nodiscard]] NewsWords passkey_doubted(const News& news);
[[nodiscard]] NewsWords sign_in_linked(const News& news);
[[nodiscard]] NewsWords sign_in_unlinked(const News& news);
[[nodiscard]] NewsWords sign_ins_reset();
[[nodiscard]] NewsWords exported(const News& news);
[[nodiscard]] NewsWords exported_by_host();

// words_of_use.cc: who came in or tried to, and what becomes of API keys
[[nodiscard]] NewsWords signed_out_elsewhere(const News& news);
[[nodiscard]] NewsWords new_place(const News& news);
[[nodiscard]] NewsWords wrong_passwords(const News& news);
[[nodiscard]] NewsWords wrong_codes(const News& news);
[[nodiscard]] NewsWords key_created(const News& news);
[[nodiscard]] NewsWords key_in_new_network(const News& news);
[[nodiscard]] NewsWords key_refused_elsewhere(const News& news);
[[nodiscard]] NewsWords honey_key_used(const News& news);
[[nodiscard]] NewsWords key_leaked(const News& news);
[[nodiscard]] NewsWords impossible_travel(const News& news);
[[nodiscard]] NewsWords key_read_much(const News& news);
[[nodiscard]] NewsWords read_much(const News& news);
[[nodiscard]] NewsWords session_carried_off(const News& news);

// words_of_people.cc: organisations
[[nodiscard]] NewsWords role_changed();
[[nodiscard]] NewsWords left_organisation();
[[nodiscard]] NewsWords joined_organisation();
[[nodiscard]] NewsWords invitation_accepted();
[[nodiscard]] NewsWords organisation_handed_over();
[[nodiscard]] NewsWords organisation_received();

// words_of_operators.cc: access of those who run the server, and orders that need two of them
[[nodiscard]] NewsWords access_asked();
[[nodiscard]] NewsWords access_granted();
[[nodiscard]] NewsWords glass_broken();
[[nodiscard]] NewsWords access_to_approve();
[[nodiscard]] NewsWords made_operator();
[[nodiscard]] NewsWords operator_no_more();
[[nodiscard]] NewsWords order_to_approve();
[[nodiscard]] NewsWords order_by_codes();

// words_of_suspension.cc: an account that the host keeps its person out of
[[nodiscard]] NewsWords account_suspended();
[[nodiscard]] NewsWords account_resumed();
[[nodiscard]] NewsWords signed_out_by_host();

}  // namespace words

}  // namespace fastness::accounts
