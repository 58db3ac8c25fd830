#include "accounts/sign_in/sign_in.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "accounts/accounts_store.h"
#include "accounts/news/news_book.h"
#include "accounts/sign_in/browser_name.h"
#include "accounts/sign_in/setup_links.h"
#include "accounts/suspension/suspensions.h"
#include "accounts/travel/travels.h"
#include "crypto/password/password_hash.h"

namespace fastness::accounts {
namespace {

Unexpected<Error> refuse() {
  return fail(Errc::unauthenticated, "wrong e-mail or password");
}

// Stored when a guess cost less than it would today.
bool is_cheap(crypto::PasswordCost cost) {
  return cost.passes < crypto::kPasswordCost.passes ||
         cost.memory_kib < crypto::kPasswordCost.memory_kib;
}

crypto::SecretBytes copy_of(const crypto::SecretBytes& secret) {
  crypto::SecretBytes copy(secret.size());
  std::copy(secret.reveal().begin(), secret.reveal().end(), copy.reveal().begin());
  return copy;
}

}  // namespace

// One e-mail and password on their way through the hasher.
struct SignIn::Attempt {
  Visitor visitor;
  std::string network;
  std::string account;             // the bucket that pays for the attempt
  std::optional<StoredUser> user;  // absent: nobody has that address, and nobody shall notice
  crypto::SecretBytes password;    // kept only if it may have to be stored anew
  Done done;
};

SignIn::SignIn(AccountsStore& store, const Suspensions& suspensions, NewsBook& news,
               Travels& travels, Users& users, Sessions& sessions, SetupLinks& links,
               Factors& factors, PasswordHasher& hasher, const AccountKeys& keys,
               const Clock& clock, Random& random)
    : store_(store),
      suspensions_(suspensions),
      news_(news),
      travels_(travels),
      users_(users),
      sessions_(sessions),
      links_(links),
      factors_(factors),
      hasher_(hasher),
      clock_(clock),
      random_(random),
      pending_(keys, clock, random),
      places_(store, keys, clock) {
  factors_.on_changed([this](UserId user) { pending_.end_all_of(user); });
}

void SignIn::enter(std::string_view raw_email, crypto::SecretBytes password, const Visitor& visitor,
                   Done done) {
  auto attempt = std::make_shared<Attempt>();
  attempt->visitor = visitor;
  attempt->network = network_of(visitor.address);
  attempt->account = "unknown:" + std::string(raw_email.substr(0, 254));
  attempt->done = std::move(done);
  if (auto user = users_.stored_by_email(raw_email)) {
    attempt->account = bucket_of(user->user.id, attempt->network);
    attempt->user = std::move(user).value();
  } else if (user.error().code != Errc::not_found && user.error().code != Errc::invalid_argument) {
    return attempt->done(propagate(std::move(user)));
  }
  if (!admit(*attempt)) return attempt->done(fail(Errc::exhausted, "too many attempts to sign in"));

  // An unknown address costs as much as a known one.
  const bool can_match = attempt->user && attempt->user->salt;
  const crypto::PasswordCost cost = can_match ? attempt->user->cost : crypto::kPasswordCost;
  if (can_match && is_cheap(cost)) attempt->password = copy_of(password);
  hasher_.hash(std::move(password), can_match ? *attempt->user->salt : random_salt(), cost,
               [this, attempt](Result<crypto::Digest> hash) {
                 if (!hash) return attempt->done(propagate(std::move(hash)));
                 finish_enter(*attempt, *hash);
               });
}

// Of a network that the person came in from before, apart from everybody else's.
std::string SignIn::bucket_of(UserId user, const std::string& network) {
  const auto known = places_.is_known(user, network);
  return user.value().to_text() + (known && *known ? ":" + network : "");
}

void SignIn::finish_enter(Attempt& attempt, const crypto::Digest& hash) {
  const auto& user = attempt.user;
  if (!user || !user->password || !crypto::constant_time_equal(hash, *user->password)) {
    attempt.done(refuse());
    // Only then: whether there is an account must not be heard in how long the answer takes.
    if (user && user->password)
      note_wrong(user->user, GuessWatch::Guess::password, attempt.visitor);
    return;
  }
  if (auto same = is_unchanged(*user); !same) return attempt.done(propagate(std::move(same)));
  if (auto open = suspensions_.admit(user->user.id); !open) {
    return attempt.done(propagate(std::move(open)));
  }
  if (attempt.password.size() != 0) strengthen(*user, std::move(attempt.password));
  attempt.done(let_in({user->user, attempt.network, attempt.account}, attempt.visitor));
}

// Whoever showed the right password. The place counts as theirs only with the factor: who has but
// the password must not make one known.
Result<Entered> SignIn::let_in(PendingSignIns::Pending who, const Visitor& visitor) {
  FASTNESS_ASSIGN_OR_RETURN(const bool owes_code, factors_.has(who.user.id));
  if (owes_code) return Entered(pending_.create(std::move(who)));
  welcome(who, visitor);
  FASTNESS_ASSIGN_OR_RETURN(NewSession made,
                            sessions_.create(who.user.id, who.user.organisation, visitor));
  return Entered(std::move(made));
}

SignIn::Followed SignIn::give_code(std::string_view raw_token, std::string_view raw_code,
                                   const Visitor& visitor) {
  const SteadyTime now = clock_.steady();
  const std::string network = network_of(visitor.address);
  const auto too_many = [] { return fail(Errc::exhausted, "too many codes"); };
  if (!by_network_.take(network, now)) return {std::nullopt, too_many()};
  auto pending = pending_.attempt(raw_token);
  if (!pending) return {std::nullopt, propagate(std::move(pending))};
  const User& user = pending->user;
  const bool is_app = !Factors::is_recovery_code(raw_code);
  if (is_app && !by_code_.take(pending->account, now)) return {user.organisation, too_many()};
  if (auto used = factors_.use(user, raw_code); !used) {
    if (used.error().code == Errc::unauthenticated) {
      note_wrong(user, GuessWatch::Guess::code, visitor);
    }
    return {user.organisation, propagate(std::move(used))};
  }
  pending_.end(raw_token);
  by_network_.give_back(network);
  if (is_app) by_code_.give_back(pending->account);
  welcome(*pending, visitor);
  return {user.organisation, sessions_.create(user.id, user.organisation, visitor,
                                              pending->vouched_by, Strength::two_factors)};
}

Result<NewSession> SignIn::enter_proven(const User& user, const Visitor& visitor,
                                        const std::optional<VouchedBy>& vouched_by) {
  FASTNESS_RETURN_IF_ERROR(suspensions_.admit(user.id));
  // Not remembering the place is no reason to keep the user out.
  static_cast<void>(note_place(user, visitor).has_value());
  const Strength strength = vouched_by ? Strength::one_factor : Strength::two_factors;
  return sessions_.create(user.id, user.organisation, visitor, vouched_by, strength);
}

// No attempt at a password was made, so none is given back.
Result<Entered> SignIn::enter_vouched(const User& user, const Visitor& visitor,
                                      const VouchedBy& vouched_by) {
  FASTNESS_RETURN_IF_ERROR(suspensions_.admit(user.id));
  FASTNESS_ASSIGN_OR_RETURN(const bool owes_code, factors_.has(user.id));
  if (owes_code) {
    const std::string network = network_of(visitor.address);
    return Entered(pending_.create({user, network, bucket_of(user.id, network), vouched_by}));
  }
  FASTNESS_ASSIGN_OR_RETURN(NewSession made, enter_proven(user, visitor, vouched_by));
  return Entered(std::move(made));
}

Result<std::vector<Session>> SignIn::end_vouched(const SignedOut& over,
                                                 const std::optional<SessionId>& but) {
  pending_.end_vouched(over);
  return sessions_.end_vouched(over, but);
}

Result<void> SignIn::remove_vouched(const SignedOut& over, const std::optional<SessionId>& but) {
  return sessions_.remove_vouched(over, but);
}

void SignIn::forget_vouched(const SignedOut& over, const std::optional<SessionId>& but) {
  pending_.end_vouched(over);
  sessions_.forget_vouched(over, but);
}

// The password may have been changed while it was hashed. It may also only have been stored anew,
// so that whoever is right is told to try again and not that they are wrong.
Result<void> SignIn::is_unchanged(const StoredUser& before) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredUser now, users_.stored(before.user.id));
  if (now.salt == before.salt) return {};
  return fail(Errc::unavailable, "the password was changed meanwhile");
}

void SignIn::strengthen(const StoredUser& user, crypto::SecretBytes password) {
  const Bytes salt = random_salt();
  hasher_.hash(
      std::move(password), salt, crypto::kPasswordCost,
      [this, salt, id = user.user.id, before = *user.salt](const Result<crypto::Digest>& hash) {
        // If it does not work out, the next sign-in tries again.
        if (!hash) return;
        static_cast<void>(
            store_.replace_password(id, before, salt, *hash, crypto::kPasswordCost).has_value());
      });
}

bool SignIn::admit(const Attempt& attempt) {
  const SteadyTime now = clock_.steady();
  if (!by_network_.take(attempt.network, now)) return false;
  return by_account_.take(attempt.account, now);
}

void SignIn::welcome(const PendingSignIns::Pending& who, const Visitor& visitor) {
  by_network_.give_back(who.network);
  by_account_.give_back(who.account);
  // Not remembering the place is no reason to keep the user out.
  static_cast<void>(note_place(who.user, visitor).has_value());
}

Result<void> SignIn::note_place(const User& user, const Visitor& visitor) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const bool is_new, places_.enter(user.id, visitor));
  FASTNESS_ASSIGN_OR_RETURN(const bool is_too_far, travels_.arrive(user, visitor.address));
  if (is_new) FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::new_place, user.id, {}, visitor}));
  if (is_too_far) {
    FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::impossible_travel, user.id, {}, visitor}));
  }
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  if (is_new) raise({DoorAlarm::Kind::new_place, user, visitor});
  if (is_too_far) raise({DoorAlarm::Kind::impossible_travel, user, visitor});
  return {};
}

void SignIn::note_wrong(const User& user, GuessWatch::Guess guess, const Visitor& visitor) {
  if (!guesses_.is_alarm(user.id, guess, clock_.steady())) return;
  const bool is_code = guess == GuessWatch::Guess::code;
  // Whether it is kept changes nothing for whoever guesses; the trail is told in any case.
  static_cast<void>(
      news_
          .note({is_code ? NewsKind::wrong_codes : NewsKind::wrong_passwords, user.id, {}, visitor})
          .has_value());
  raise({is_code ? DoorAlarm::Kind::wrong_codes : DoorAlarm::Kind::wrong_passwords, user, visitor});
}

Result<Sessions::Found> SignIn::resume(std::string_view raw_token, const Visitor& visitor) {
  FASTNESS_ASSIGN_OR_RETURN(Sessions::Found found, sessions_.find(raw_token));
  const std::string_view began_in = sessions_.browser(found.id);
  // Not knowing where it began is no reason to end it.
  if (began_in.empty() || is_one_browser(began_in, visitor.browser)) return found;
  FASTNESS_RETURN_IF_ERROR(end_carried_off(found, visitor));
  return fail(Errc::unauthenticated, "the session began in another browser");
}

Result<void> SignIn::end_carried_off(const Sessions::Found& found, const Visitor& visitor) {
  const UserId person = found.session.user;
  FASTNESS_RETURN_IF_ERROR(sessions_.end(found.id));
  // It is over whether its person can be told or not.
  static_cast<void>(news_.note({NewsKind::session_carried_off, person, {}, visitor}).has_value());
  FASTNESS_ASSIGN_OR_RETURN(const auto user, store_.user(person));
  if (user) raise({DoorAlarm::Kind::carried_off, user->user, visitor});
  return {};
}

void SignIn::raise(const DoorAlarm& alarm) const {
  for (const OnAlarm& tell : listeners_) tell(alarm);
}

void SignIn::set_up(std::string raw_token, std::string raw_email, crypto::SecretBytes password,
                    std::string organisation, const Visitor& visitor, Done done) {
  if (!by_network_.take(network_of(visitor.address), clock_.steady())) {
    return done(fail(Errc::exhausted, "too many attempts to set up"));
  }
  if (auto fit = check_password(as_text(password.reveal()), raw_email, organisation); !fit) {
    return done(propagate(std::move(fit)));
  }
  auto link = links_.find(raw_token);
  if (!link) return done(propagate(std::move(link)));
  if (auto open = admit(*link); !open) return done(propagate(std::move(open)));

  const Bytes salt = random_salt();
  hasher_.hash_chosen(
      std::move(password), salt,
      [this, salt, visitor, done = std::move(done), token = std::move(raw_token),
       email = std::move(raw_email),
       organisation = std::move(organisation)](Result<crypto::Digest> hash) {
        if (!hash) return done(propagate(std::move(hash)));
        auto user = use_link(token, email, organisation, salt, *hash);
        if (!user) return done(propagate(std::move(user)));
        done(let_in({*user, network_of(visitor.address), user->id.value().to_text()}, visitor));
      });
}

Result<SignIn::Offer> SignIn::look_up(std::string_view raw_token, std::string_view address) {
  const std::string network = network_of(address);
  if (!by_network_.take(network, clock_.steady())) {
    return fail(Errc::exhausted, "too many attempts to set up");
  }
  FASTNESS_ASSIGN_OR_RETURN(const SetupLink link, links_.find(raw_token));
  by_network_.give_back(network);
  FASTNESS_RETURN_IF_ERROR(admit(link));
  if (!link.user) return Offer{};
  FASTNESS_ASSIGN_OR_RETURN(const User user, users_.find(*link.user));
  FASTNESS_ASSIGN_OR_RETURN(std::string email, users_.email(user.id));
  FASTNESS_ASSIGN_OR_RETURN(Organisation own, users_.organisation(user.organisation));
  return Offer{user.has_password, std::move(email), std::move(own.name)};
}

// A link to an account that is suspended opens nothing, and is good again when that has ended.
Result<void> SignIn::admit(const SetupLink& link) const {
  if (!link.user) return {};
  return suspensions_.admit(*link.user);
}

// Who sets up by this link, as they want to be called.
Result<User> SignIn::invited(const SetupLink& link, const std::string& email,
                             const std::string& organisation) {
  if (!link.user) return users_.create(email, organisation);
  FASTNESS_ASSIGN_OR_RETURN(User user, users_.find(*link.user));
  if (!user.has_password) {
    FASTNESS_RETURN_IF_ERROR(users_.rename(user, email, organisation));
    return user;
  }
  // Whoever chooses a new password must say whose it is.
  FASTNESS_ASSIGN_OR_RETURN(const std::string own, users_.email(user.id));
  FASTNESS_ASSIGN_OR_RETURN(const std::string given, normalise_email(email));
  if (given != own) return fail(Errc::invalid_argument, "email is not the link's");
  return user;
}

// The password is chosen and what rested on the one before has ended.
Result<User> SignIn::use_link(const std::string& token, const std::string& email,
                              const std::string& organisation, const Bytes& salt,
                              const crypto::Digest& password) {
  // The link may have been used, or the account suspended, while the password was hashed.
  FASTNESS_ASSIGN_OR_RETURN(const SetupLink link, links_.find(token));
  FASTNESS_RETURN_IF_ERROR(admit(link));
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(User user, invited(link, email, organisation));
  FASTNESS_RETURN_IF_ERROR(users_.set_password(user.id, salt, password));
  FASTNESS_RETURN_IF_ERROR(links_.end(link.user));
  if (user.has_password) {
    FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::password_set_by_link, user.id}));
  }
  FASTNESS_RETURN_IF_ERROR(sessions_.remove_all_of(user.id));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());

  pending_.end_all_of(user.id);
  sessions_.forget_all_of(user.id);
  return user;
}

Bytes SignIn::random_salt() {
  Bytes salt(crypto::kPasswordSaltSize);
  random_.fill(salt);
  return salt;
}

}  // namespace fastness::accounts
