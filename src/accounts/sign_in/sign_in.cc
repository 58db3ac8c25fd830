#include "accounts/sign_in/sign_in.h"

#include <memory>
#include <utility>

#include "accounts/accounts_store.h"
#include "accounts/sign_in/setup_links.h"
#include "crypto/password/password_hash.h"

namespace fastness::accounts {
namespace {

Unexpected<Error> refuse() {
  return fail(Errc::unauthenticated, "wrong e-mail or password");
}

}  // namespace

// One e-mail and password on their way through the hasher.
struct SignIn::Attempt {
  std::string network;
  std::string account;             // the bucket that pays for the attempt
  std::optional<StoredUser> user;  // absent: nobody has that address, and nobody shall notice
  Done done;
};

SignIn::SignIn(AccountsStore& store, Users& users, Sessions& sessions, SetupLinks& links,
               PasswordHasher& hasher, const AccountKeys& keys, const Clock& clock, Random& random)
    : store_(store),
      users_(users),
      sessions_(sessions),
      links_(links),
      hasher_(hasher),
      keys_(keys),
      clock_(clock),
      random_(random) {}

void SignIn::enter(std::string_view raw_email, crypto::SecretBytes password,
                   std::string_view address, Done done) {
  auto attempt = std::make_shared<Attempt>();
  attempt->network = network_of(address);
  attempt->account = "unknown:" + std::string(raw_email.substr(0, 254));
  attempt->done = std::move(done);
  if (auto user = users_.stored_by_email(raw_email)) {
    const UserId id = user->user.id;
    const auto known = store_.is_known_place(place(id, attempt->network));
    attempt->account = id.value().to_text();
    if (known && *known) attempt->account += ":" + attempt->network;
    attempt->user = std::move(user).value();
  } else if (user.error().code != Errc::not_found && user.error().code != Errc::invalid_argument) {
    return attempt->done(propagate(std::move(user)));
  }
  if (!admit(*attempt)) return attempt->done(fail(Errc::exhausted, "too many attempts to sign in"));

  // An unknown address costs as much as a known one.
  const bool can_match = attempt->user && attempt->user->salt;
  hasher_.hash(
      std::move(password), can_match ? *attempt->user->salt : random_salt(),
      [this, attempt](Result<crypto::Digest> hash) {
        if (!hash) return attempt->done(propagate(std::move(hash)));
        const auto& user = attempt->user;
        if (!user || !user->password || !crypto::constant_time_equal(*hash, *user->password)) {
          return attempt->done(refuse());
        }
        welcome(*attempt);
        attempt->done(sessions_.create(user->user.id, user->user.organisation));
      });
}

bool SignIn::admit(const Attempt& attempt) {
  const SteadyTime now = clock_.steady();
  if (!by_network_.take(attempt.network, now)) return false;
  return by_account_.take(attempt.account, now);
}

void SignIn::welcome(const Attempt& attempt) {
  by_network_.give_back(attempt.network);
  by_account_.give_back(attempt.account);
  const UserId user = attempt.user->user.id;
  // Not remembering the place is no reason to keep the user out.
  static_cast<void>(
      store_.remember_place(place(user, attempt.network), user, clock_.now()).has_value());
}

void SignIn::set_up(std::string raw_token, std::string raw_email, crypto::SecretBytes password,
                    std::string organisation, std::string_view address, Done done) {
  if (!by_network_.take(network_of(address), clock_.steady())) {
    return done(fail(Errc::exhausted, "too many attempts to set up"));
  }
  if (auto fit = check_password(as_text(password.reveal()), raw_email, organisation); !fit) {
    return done(propagate(std::move(fit)));
  }
  if (auto link = links_.find(raw_token); !link) return done(propagate(std::move(link)));

  const Bytes salt = random_salt();
  hasher_.hash(std::move(password), salt,
               [this, salt, done = std::move(done), token = std::move(raw_token),
                email = std::move(raw_email),
                organisation = std::move(organisation)](Result<crypto::Digest> hash) {
                 if (!hash) return done(propagate(std::move(hash)));
                 done(finish_set_up(token, email, organisation, salt, *hash));
               });
}

Result<SignIn::Invitation> SignIn::look_up(std::string_view raw_token, std::string_view address) {
  const std::string network = network_of(address);
  if (!by_network_.take(network, clock_.steady())) {
    return fail(Errc::exhausted, "too many attempts to set up");
  }
  FASTNESS_ASSIGN_OR_RETURN(const SetupLink link, links_.find(raw_token));
  by_network_.give_back(network);
  if (!link.user) return Invitation{};
  FASTNESS_ASSIGN_OR_RETURN(const User user, users_.find(*link.user));
  FASTNESS_ASSIGN_OR_RETURN(std::string email, users_.email(user.id));
  FASTNESS_ASSIGN_OR_RETURN(Organisation own, users_.organisation(user.organisation));
  return Invitation{user.has_password, std::move(email), std::move(own.name)};
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

Result<NewSession> SignIn::finish_set_up(const std::string& token, const std::string& email,
                                         const std::string& organisation, const Bytes& salt,
                                         const crypto::Digest& password) {
  // The link may have been used while the password was hashed.
  FASTNESS_ASSIGN_OR_RETURN(const SetupLink link, links_.find(token));
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const User user, invited(link, email, organisation));
  FASTNESS_RETURN_IF_ERROR(users_.set_password(user.id, salt, password));
  FASTNESS_RETURN_IF_ERROR(links_.end(link.user));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());

  FASTNESS_RETURN_IF_ERROR(sessions_.end_all_of(user.id));
  return sessions_.create(user.id, user.organisation);
}

crypto::Digest SignIn::place(UserId user, std::string_view network) const {
  const std::string text = "place:" + user.value().to_text() + ":" + std::string(network);
  return crypto::hmac_sha256(keys_.session, as_bytes(text));
}

Bytes SignIn::random_salt() {
  Bytes salt(crypto::kPasswordSaltSize);
  random_.fill(salt);
  return salt;
}

}  // namespace fastness::accounts
