// What a session rests on when a provider vouched for its person.
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "crypto/digest.h"

namespace fastness::accounts {

using LinkedSignInId = StrongId<struct LinkedSignInIdTag>;

// By which of their linked sign-ins somebody came in.
struct VouchedBy {
  LinkedSignInId sign_in;
  // A keyed hash of their session at the provider, if that names it.
  std::optional<crypto::Digest> session = {};
};

// What is over at a provider: all that rests on a linked sign-in, on one session there, or on both
// of these. One of the two is set.
struct SignedOut {
  std::optional<LinkedSignInId> sign_in;
  std::optional<crypto::Digest> session;
  Timestamp until;  // what began since is not meant

  // Whether what began then rests on it. Who has signed in since is not meant, so that saying it
  // again does nothing. A sign-in that did not name its session rests on each of its person's.
  [[nodiscard]] bool means(const std::optional<VouchedBy>& by, Timestamp began) const {
    if (!by || began > until) return false;
    if (sign_in && by->sign_in != *sign_in) return false;
    if (!session) return sign_in.has_value();
    return by->session ? *by->session == *session : sign_in.has_value();
  }
};

}  // namespace fastness::accounts
