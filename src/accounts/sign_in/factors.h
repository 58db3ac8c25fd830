#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "accounts/account_keys.h"
#include "accounts/news/news.h"
#include "base/random.h"
#include "crypto/digest.h"

namespace fastness::keys {
class ContentKeys;
}

namespace fastness::accounts {

class AccountsStore;
class NewsBook;

// The second factor of people: codes of an app (RFC 6238), and ten recovery codes for whoever lost
// it. A code counts once, whatever happens: that it was used is on disk before anybody is told that
// it was right. Secrets of apps are sealed as the person's own; of recovery codes there are keyed
// hashes. Slowing down who guesses is SignIn's business. Lives on the control thread.
class Factors {
 public:
  static constexpr std::size_t kRecoveryCodes = 10;
  static constexpr std::size_t kRecoveryBytes = 10;  // 80 random bits
  static constexpr std::uint64_t kWindow = 1;        // steps that a clock may be off, either way
  static constexpr std::chrono::minutes kOfferLife{10};

  // All must outlive this.
  Factors(AccountsStore& store, NewsBook& news, keys::ContentKeys& content, const AccountKeys& keys,
          const Clock& clock, Random& random);

  // Called when a person's factor was set, taken away or given other recovery codes.
  using OnChanged = std::function<void(UserId user)>;
  void on_changed(OnChanged callback) { listeners_.push_back(std::move(callback)); }

  [[nodiscard]] Result<FactorState> state(UserId user);
  [[nodiscard]] Result<bool> has(UserId user);

  // A new secret for an app, in base32; it counts for nothing until `confirm`. Takes the place of
  // an earlier offer, which is kept in memory only.
  struct Offer {
    std::string secret;
    Timestamp expires_at;
  };
  [[nodiscard]] Offer offer(UserId user);

  // Makes the offered secret the person's factor, in place of the one before, if `raw_code` is its
  // code now; that code is used up. Gives the recovery codes, which are shown this once; earlier
  // ones end. `not_found` without an open offer, `unauthenticated` for another code.
  [[nodiscard]] Result<std::vector<std::string>> confirm(const User& user,
                                                         std::string_view raw_code);
  // Other recovery codes; the old ones end. `not_found` for who has no factor.
  [[nodiscard]] Result<std::vector<std::string>> renew_recovery_codes(UserId user);
  // Takes the factor and all recovery codes away. No error if there is none.
  Result<void> remove(UserId user);
  // The same by the host for somebody who lost both, and remembers it for their home page.
  Result<void> reset(UserId user);

  // Somebody has another organisation of their own: the secret is sealed there. Within the
  // transaction that is open.
  Result<void> rehome(const User& before, const User& after);

  // Whether what somebody typed has the form of a recovery code; those are too long to be guessed.
  [[nodiscard]] static bool is_recovery_code(std::string_view raw_code);

  // Uses a code of the app or a recovery code up. `unauthenticated` for a wrong one, for one that
  // was used, and for one of a step that is not later than every step used before.
  enum class Kind : std::uint8_t { app, recovery };
  [[nodiscard]] Result<Kind> use(const User& user, std::string_view raw_code);

 private:
  struct Offered {
    crypto::SecretBytes secret;
    SteadyTime until;
  };
  [[nodiscard]] Result<std::vector<std::string>> replace_recovery_codes(UserId user);
  [[nodiscard]] Result<Kind> use_recovery_code(UserId user, const std::string& code);
  [[nodiscard]] crypto::Digest recovery_digest(UserId user, std::string_view code) const;
  Result<void> take_away(UserId user, NewsKind news);
  void tell(UserId user);

  AccountsStore& store_;
  NewsBook& news_;
  keys::ContentKeys& content_;
  const Clock& clock_;
  Random& random_;
  crypto::SecretBytes recovery_key_;
  std::map<UserId, Offered> offers_;
  std::vector<OnChanged> listeners_;
};

}  // namespace fastness::accounts
