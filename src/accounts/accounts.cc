#include "accounts/accounts.h"

#include <algorithm>
#include <utility>

namespace fastness::accounts {
namespace {

constexpr std::chrono::hours kYear{24 * 365};

}  // namespace

Result<std::unique_ptr<Accounts>> Accounts::open(storage::Database& database,
                                                 keys::ContentKeys& content, AccountKeys keys,
                                                 PasswordHasher& hasher, const Clock& clock,
                                                 Random& random) {
  FASTNESS_ASSIGN_OR_RETURN(const AccountsStore store, AccountsStore::open(database));
  FASTNESS_RETURN_IF_ERROR(Suspensions::prepare(database));
  FASTNESS_ASSIGN_OR_RETURN(const PasskeyStore passkeys, PasskeyStore::open(database));
  FASTNESS_ASSIGN_OR_RETURN(const LinkStore links, LinkStore::open(database));
  FASTNESS_ASSIGN_OR_RETURN(const StaffStore staff, StaffStore::open(database));
  FASTNESS_ASSIGN_OR_RETURN(const OrderStore orders, OrderStore::open(database));
  FASTNESS_ASSIGN_OR_RETURN(const NewsBook news, NewsBook::open(database, content, clock));
  FASTNESS_RETURN_IF_ERROR(Travels::prepare(database));
  FASTNESS_RETURN_IF_ERROR(ReadWatch::prepare(database));
  std::unique_ptr<Accounts> accounts(new Accounts(database,
                                                  {store, passkeys, links, staff, orders, news},
                                                  content, std::move(keys), hasher, clock, random));
  FASTNESS_RETURN_IF_ERROR(accounts->suspensions_.load());  // before whoever asks it
  FASTNESS_RETURN_IF_ERROR(accounts->sessions_.load());
  FASTNESS_RETURN_IF_ERROR(accounts->operators_.load());
  FASTNESS_RETURN_IF_ERROR(accounts->grants_.load());
  FASTNESS_RETURN_IF_ERROR(accounts->orders_.load());
  FASTNESS_RETURN_IF_ERROR(accounts->api_keys_.load());
  return accounts;
}

Accounts::Accounts(storage::Database& database, const Tables& tables, keys::ContentKeys& content,
                   AccountKeys keys, PasswordHasher& hasher, const Clock& clock, Random& random)
    : clock_(clock),
      keys_(std::move(keys)),
      store_(tables.accounts),
      suspensions_(database),
      passkey_store_(tables.passkeys),
      link_store_(tables.links),
      staff_store_(tables.staff),
      order_store_(tables.orders),
      news_(tables.news),
      travels_(database, store_, content, keys_, clock),
      reads_(database, news_, clock),
      members_(PeopleStore(database), news_, clock),
      users_(store_, members_, content, keys_, clock, random),
      sessions_(store_, suspensions_, content, keys_, clock, random),
      links_(store_, keys_, clock, random),
      factors_(store_, news_, content, keys_, clock, random),
      sign_in_(store_, suspensions_, news_, travels_, users_, sessions_, links_, factors_, hasher,
               keys_, clock, random),
      passkeys_(passkey_store_, users_, sessions_, sign_in_, news_, keys_, clock, random),
      linked_(link_store_, users_, sign_in_, news_, content, keys_, clock, random),
      operators_(staff_store_, news_, clock),
      break_glass_(staff_store_, keys_, clock, random),
      grants_(staff_store_,
              {operators_, break_glass_, members_, passkeys_, sessions_, news_, clock, random}),
      orders_(order_store_,
              {operators_, break_glass_, passkeys_, suspensions_, news_, clock, random}),
      invitations_(PeopleStore(database),
                   {members_, users_, sessions_, news_, content, hasher, keys_, clock, random}),
      api_keys_(store_, members_, suspensions_, news_, keys_, clock, random),
      tokens_(keys_) {
  members_.on_changed([this](OrganisationId organisation, UserId user) {
    const auto role = members_.role(organisation, user);
    const bool is_member = role && role->has_value();
    sessions_.standing_changed(organisation, user, is_member);
    api_keys_.standing_changed(organisation, user, is_member);
  });
}

Result<void> Accounts::hand_over(OrganisationId organisation, UserId from, UserId to,
                                 std::string name_of_next) {
  if (auto done = try_to_hand_over(organisation, from, to, std::move(name_of_next)); !done) {
    // Of sessions, what is in memory may be ahead of what did not get on the disk.
    FASTNESS_RETURN_IF_ERROR(sessions_.load());
    return done;
  }
  members_.tell(organisation, from);
  members_.tell(organisation, to);
  return {};
}

Result<void> Accounts::try_to_hand_over(OrganisationId organisation, UserId from, UserId to,
                                        std::string name_of_next) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(members_.hand_over(organisation, from, to));
  FASTNESS_ASSIGN_OR_RETURN(const User before, users_.find(from));
  if (before.organisation == organisation) {
    FASTNESS_RETURN_IF_ERROR(rehome(before, std::move(name_of_next)));
  }
  return transaction.commit();
}

Result<void> Accounts::rehome(const User& before, std::string name) {
  FASTNESS_ASSIGN_OR_RETURN(const User after, users_.rehome(before, std::move(name)));
  FASTNESS_RETURN_IF_ERROR(factors_.rehome(before, after));
  FASTNESS_RETURN_IF_ERROR(linked_.rehome(before, after));
  FASTNESS_RETURN_IF_ERROR(news_.rehome(before.id, before.organisation, after.organisation));
  FASTNESS_RETURN_IF_ERROR(travels_.forget(before.id));
  return sessions_.rehome(before.id, after.organisation);
}

Result<void> Accounts::reset_factors(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(factors_.reset(user));
  FASTNESS_RETURN_IF_ERROR(passkeys_.reset(user));
  FASTNESS_ASSIGN_OR_RETURN(const auto unlinked, linked_.reset(user));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  linked_.was_reset(unlinked);
  return {};
}

Result<Accounts::CutOff> Accounts::suspend(UserId user, std::string reason) {
  const Suspension made{user, clock_.now(), std::move(reason)};
  FASTNESS_RETURN_IF_ERROR(suspensions_.check(made));
  const CutOff cut{sessions_.list(user).size(), live_keys_of(user)};
  // Before and apart from the rest, because others hear of it: it only takes away, whatever
  // follows.
  FASTNESS_RETURN_IF_ERROR(grants_.end_all_of(user));
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(suspensions_.store(made));
  FASTNESS_RETURN_IF_ERROR(sessions_.remove_all_of(user));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::account_suspended, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  // From here on nothing can fail: what is shut on the disk is shut here.
  suspensions_.took_effect(made);
  sign_in_.end_pending(user);
  sessions_.forget_all_of(user);
  api_keys_.suspension_changed(user);
  return cut;
}

Result<void> Accounts::resume(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(suspensions_.remove(user));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::account_resumed, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  suspensions_.ended(user);
  api_keys_.suspension_changed(user);
  return {};
}

// In one transaction and then from memory, so that a full disk leaves none of them half ended.
Result<std::size_t> Accounts::sign_out_everywhere(UserId user) {
  const std::size_t alive = sessions_.list(user).size();
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(sessions_.remove_all_of(user));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::signed_out_by_host, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  sign_in_.end_pending(user);
  sessions_.forget_all_of(user);
  return alive;
}

std::size_t Accounts::live_keys_of(UserId user) const {
  const auto theirs = api_keys_.list_of(user);
  const auto live = std::ranges::count_if(theirs, [now = clock_.now()](const ApiKey& key) {
    return key.use == KeyUse::program && state_of(key, now) == KeyState::live;
  });
  return static_cast<std::size_t>(live);
}

Result<TokenBearer> Accounts::verify(std::string_view raw_token, std::string_view address) {
  auto bearer = tokens_.verify(raw_token, *api_keys_.published().load(), clock_.now());
  if (bearer && !api_keys_.may_be_used_from(bearer->client_id, address)) {
    return fail(Errc::unauthenticated, "the API key is limited to other networks");
  }
  return bearer;
}

Result<Accounts::Initialised> Accounts::initialise(std::string_view raw_email,
                                                   std::string organisation, WithKey with_key) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const User user, users_.create(raw_email, std::move(organisation)));
  FASTNESS_RETURN_IF_ERROR(links_.end(std::nullopt));
  FASTNESS_ASSIGN_OR_RETURN(NewSetupLink link, links_.create(user.id));
  Initialised made{user, std::move(link), std::nullopt};
  if (with_key == WithKey::yes) {
    FASTNESS_ASSIGN_OR_RETURN(
        NewApiKey key, api_keys_.create(user.organisation, user.id, "host init", Scopes::all(),
                                        clock_.now() + kYear));
    made.key = std::move(key);
  }
  if (auto committed = transaction.commit(); !committed) {
    // The key is in memory, and of nobody.
    api_keys_.standing_changed(user.organisation, user.id, false);
    return propagate(std::move(committed));
  }
  return made;
}

}  // namespace fastness::accounts
