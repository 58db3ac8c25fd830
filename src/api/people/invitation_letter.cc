#include "api/people/invitation_letter.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "wording/moment.h"

namespace fastness::api {
namespace {

using wording::Phrase;

// Without what a reader, or their mail program, could take for a link or a sentence.
bool is_plain_address(std::string_view email) {
  constexpr std::string_view kPlain = ".-_+@";
  return !email.empty() && std::ranges::all_of(email, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kPlain.find(c) != kPlain.npos;
  });
}

// As which they are to come in. Consoles are English, so German letters have that word too.
Phrase as_what(accounts::Role role) {
  switch (role) {
    case accounts::Role::guest:
      return {.en = "as a guest", .de = "als Gast (guest)"};
    case accounts::Role::viewer:
      return {.en = "as a viewer", .de = "als Betrachter (viewer)"};
    case accounts::Role::member:
      return {.en = "as a member", .de = "als Mitglied (member)"};
    case accounts::Role::administrator:
      return {.en = "as an administrator", .de = "als Administrator (administrator)"};
    case accounts::Role::owner:
      break;
  }
  return {.en = "as an owner", .de = "als Eigentümer (owner)"};
}

}  // namespace

wording::Letter invitation_letter(const accounts::Invitation& invitation,
                                  const std::string& inviter, const std::string& link) {
  const Phrase who = is_plain_address(inviter) ? wording::alike(inviter)
                                               : Phrase{.en = "somebody who has an account there",
                                                        .de = "Jemand, der dort ein Konto hat,"};
  const Phrase as = as_what(invitation.role);
  const Phrase until = wording::minute(invitation.expires_at);
  return {
      .subject = {.en = "Fastness: you are invited", .de = "Fastness: Sie sind eingeladen"},
      .body = {.en = "What it is\nThe server behind the link below looks after devices and what "
                     "they measure. " +
                     who.en + " invites you to an organisation on it, " + as.en +
                     ".\n\nWhat to do\nTo come in, open this link. If you know nothing of it, do "
                     "nothing: it ends by itself on " +
                     until.en + ".\n\n" + link +
                     "\n\nIt is good once, and for this address. Whoever has it comes in by it: "
                     "pass it to nobody.\n",
               .de = "Worum es geht\nDer Server hinter dem Link unten kümmert sich um Geräte und "
                     "das, was sie messen. " +
                     who.de + " lädt Sie " + as.de +
                     " in eine Organisation auf diesem Server ein.\n\nWas zu tun ist\nUm "
                     "hereinzukommen, öffnen Sie diesen Link. Wissen Sie nichts davon, tun Sie "
                     "nichts: Er endet von selbst am " +
                     until.de + ".\n\n" + link +
                     "\n\nEr gilt einmal, und für diese Adresse. Wer ihn hat, kommt damit herein: "
                     "Geben Sie ihn an niemanden weiter.\n"}};
}

}  // namespace fastness::api
