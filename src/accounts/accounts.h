#pragma once

#include <memory>
#include <string>

#include "accounts/account_keys.h"
#include "accounts/accounts_store.h"
#include "accounts/api_keys/access_tokens.h"
#include "accounts/api_keys/api_keys.h"
#include "accounts/federated/link_store.h"
#include "accounts/federated/linked_sign_ins.h"
#include "accounts/news/news_book.h"
#include "accounts/orders/host_orders.h"
#include "accounts/orders/order_store.h"
#include "accounts/passkeys/passkey_store.h"
#include "accounts/passkeys/passkeys.h"
#include "accounts/people/invitations.h"
#include "accounts/people/members.h"
#include "accounts/reads/read_watch.h"
#include "accounts/sign_in/factors.h"
#include "accounts/sign_in/sessions.h"
#include "accounts/sign_in/setup_links.h"
#include "accounts/sign_in/sign_in.h"
#include "accounts/staff/access_grants.h"
#include "accounts/staff/break_glass.h"
#include "accounts/staff/operators.h"
#include "accounts/staff/staff_store.h"
#include "accounts/suspension/suspensions.h"
#include "accounts/travel/travels.h"
#include "accounts/users.h"

namespace fastness::accounts {

// All of accounts, opened together. Lives on the control thread; AccessTokens and what
// `api_keys().published()` holds are for all threads.
class Accounts {
 public:
  // What is passed by reference must outlive the result.
  [[nodiscard]] static Result<std::unique_ptr<Accounts>> open(storage::Database& database,
                                                              keys::ContentKeys& content,
                                                              AccountKeys keys,
                                                              PasswordHasher& hasher,
                                                              const Clock& clock, Random& random);

  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;
  ~Accounts() = default;

  [[nodiscard]] NewsBook& news() { return news_; }
  [[nodiscard]] Travels& travels() { return travels_; }
  [[nodiscard]] ReadWatch& reads() { return reads_; }
  [[nodiscard]] Members& members() { return members_; }
  [[nodiscard]] Users& users() { return users_; }
  [[nodiscard]] Invitations& invitations() { return invitations_; }
  [[nodiscard]] Sessions& sessions() { return sessions_; }
  [[nodiscard]] SetupLinks& setup_links() { return links_; }
  [[nodiscard]] Factors& factors() { return factors_; }
  [[nodiscard]] SignIn& sign_in() { return sign_in_; }
  [[nodiscard]] Passkeys& passkeys() { return passkeys_; }
  [[nodiscard]] LinkedSignIns& linked_sign_ins() { return linked_; }
  [[nodiscard]] Operators& operators() { return operators_; }
  [[nodiscard]] AccessGrants& access_grants() { return grants_; }
  [[nodiscard]] BreakGlass& break_glass() { return break_glass_; }
  [[nodiscard]] HostOrders& host_orders() { return orders_; }
  [[nodiscard]] ApiKeys& api_keys() { return api_keys_; }
  [[nodiscard]] const AccessTokens& tokens() const { return tokens_; }
  [[nodiscard]] const Suspensions& suspensions() const { return suspensions_; }

  // By the host, for somebody who lost what they sign in with beside the password: their app, its
  // recovery codes, their passkeys and their sign-ins by others are taken away.
  Result<void> reset_factors(UserId user);

  // By the host: nobody comes in to the account any more, whatever they show, its person is signed
  // out everywhere, an operator's access ends, and API keys open nothing, all within the call. No
  // data is deleted, and organisations go on, also those that have no other owner. `already_exists`
  // if it is suspended; `invalid_argument` for an unfit reason. On an error it is not suspended; an
  // operator's access may have ended.
  struct CutOff {
    std::size_t sessions = 0;  // that were alive
    std::size_t api_keys = 0;  // the same
  };
  [[nodiscard]] Result<CutOff> suspend(UserId user, std::string reason);
  // All is as before, but for what ended in its own time; sessions are not brought back.
  // `not_found` if the account is not suspended.
  Result<void> resume(UserId user);
  // By the host: ends all sessions, and what waits for a code. How many sessions were alive.
  [[nodiscard]] Result<std::size_t> sign_out_everywhere(UserId user);

  // What an access token is good for now, for a caller at `address`. A key that is limited to
  // networks is refused from all others, and where the address is not known. Control thread.
  [[nodiscard]] Result<TokenBearer> verify(std::string_view raw_token,
                                           std::string_view address = {});

  // `from` hands an organisation of theirs over to `to`, who is in it, and stays as an
  // administrator. If it was their own, they get another, empty one of that name, as everybody
  // has one. Errors as Members::hand_over; on any, nothing has happened.
  Result<void> hand_over(OrganisationId organisation, UserId from, UserId to,
                         std::string name_of_next);

  // What the person at the host may do: a user with an organisation, a link for them to choose
  // their password, and an API key with all scopes for a year if asked. Ends the link that waited
  // for a first user. `already_exists` if the address has an account. On an error nothing of it is
  // there.
  struct Initialised {
    User user;
    NewSetupLink link;
    std::optional<NewApiKey> key;
  };
  enum class WithKey : bool { no, yes };
  [[nodiscard]] Result<Initialised> initialise(std::string_view raw_email, std::string organisation,
                                               WithKey with_key);

 private:
  // What is opened before the rest is made of it.
  struct Tables {
    AccountsStore accounts;
    PasskeyStore passkeys;
    LinkStore links;
    StaffStore staff;
    OrderStore orders;
    NewsBook news;
  };
  Accounts(storage::Database& database, const Tables& tables, keys::ContentKeys& content,
           AccountKeys keys, PasswordHasher& hasher, const Clock& clock, Random& random);
  Result<void> try_to_hand_over(OrganisationId organisation, UserId from, UserId to,
                                std::string name_of_next);
  Result<void> rehome(const User& before, std::string name);
  [[nodiscard]] std::size_t live_keys_of(UserId user) const;

  const Clock& clock_;
  AccountKeys keys_;
  AccountsStore store_;
  Suspensions suspensions_;
  PasskeyStore passkey_store_;
  LinkStore link_store_;
  StaffStore staff_store_;
  OrderStore order_store_;
  NewsBook news_;
  Travels travels_;
  ReadWatch reads_;
  Members members_;
  Users users_;
  Sessions sessions_;
  SetupLinks links_;
  Factors factors_;
  SignIn sign_in_;
  Passkeys passkeys_;
  LinkedSignIns linked_;
  Operators operators_;
  BreakGlass break_glass_;
  AccessGrants grants_;
  HostOrders orders_;
  Invitations invitations_;
  ApiKeys api_keys_;
  AccessTokens tokens_;
};

}  // namespace fastness::accounts
