// Sign-ins by identity providers as values.
#pragma once

#include <optional>
#include <string>

#include "accounts/sign_in/sessions.h"
#include "accounts/sign_in/vouched.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "oidc/flow/attempt.h"

namespace fastness::accounts {

// Somebody at a provider who is a person here, because they said so from inside. What the provider
// calls them is sealed on disk.
struct LinkedSignIn {
  LinkedSignInId id;
  UserId user;
  std::string issuer;
  std::string provider;  // its name when it was linked
  Timestamp created_at;
  std::optional<Timestamp> last_used_at = {};
};

// Somebody on their way to a provider. `cookie` is for their browser and nowhere else.
struct SentAway {
  oidc::Attempt attempt;
  std::string cookie;
};

// Somebody who is back: what was asked, and what the browser brought.
struct CameBack {
  oidc::Attempt attempt;
  oidc::Answer answer;
};

// What a way to a provider is for.
enum class AttemptPurpose : std::uint8_t { sign_in, link };

}  // namespace fastness::accounts
