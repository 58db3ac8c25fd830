#include "api/people/invitation_letter.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/minute_text.h"

namespace fastness::api {
namespace {

// Without what a reader, or their mail program, could take for a link or a sentence.
bool is_plain_address(std::string_view email) {
  constexpr std::string_view kPlain = ".-_+@";
  return !email.empty() && std::ranges::all_of(email, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kPlain.find(c) != kPlain.npos;
  });
}

}  // namespace

Letter invitation_letter(const accounts::Invitation& invitation, const std::string& inviter,
                         const std::string& link) {
  const std::string who = is_plain_address(inviter) ? inviter : "somebody who has an account there";
  return {
      "Fastness: you are invited",
      "What it is\nThe server behind the link below looks after devices and what they measure. " +
          who + " invites you to an organisation on it, as " +
          (invitation.role == accounts::Role::administrator ? "an " : "a ") +
          std::string(to_text(invitation.role)) +
          ".\n\nWhat to do\nTo come in, open this link. If you know nothing of it, do nothing: it "
          "ends by itself on " +
          minute_text(invitation.expires_at) + ".\n\n" + link +
          "\n\nIt is good once, and for this address. Whoever has it comes in by it: pass it to "
          "nobody.\n"};
}

}  // namespace fastness::api
