// What somebody in a session does with their own password and sessions: see sign_in.h.
#include <memory>
#include <utility>

#include "accounts/accounts_store.h"
#include "accounts/news/news_book.h"
#include "accounts/sign_in/setup_links.h"
#include "accounts/sign_in/sign_in.h"

namespace fastness::accounts {
namespace {

// Whoever has stolen one session guesses in its bucket and leaves all others alone.
std::string session_bucket(const SessionId& session) {
  return "session:" + to_hex(session);
}

}  // namespace

// Whether the password is that person's, as it is stored while nobody changes it.
void SignIn::check_own(const SessionId& session, UserId user, crypto::SecretBytes password,
                       Known known) {
  if (!by_account_.take(session_bucket(session), clock_.steady())) {
    return known(fail(Errc::exhausted, "too many attempts in this session"));
  }
  auto stored = users_.stored(user);
  if (!stored) return known(propagate(std::move(stored)));
  if (!stored->salt || !stored->password) return known(fail(Errc::unauthenticated, "no password"));
  // Shared, because std::function copies what it holds.
  auto before = std::make_shared<StoredUser>(std::move(stored).value());
  hasher_.hash(std::move(password), *before->salt, before->cost,
               [this, before, session, known = std::move(known)](Result<crypto::Digest> hash) {
                 if (!hash) return known(propagate(std::move(hash)));
                 if (!crypto::constant_time_equal(*hash, *before->password)) {
                   known(fail(Errc::unauthenticated, "wrong password"));
                   return note_wrong(before->user, GuessWatch::Guess::password, {});
                 }
                 if (auto same = is_unchanged(*before); !same) {
                   return known(propagate(std::move(same)));
                 }
                 // The session may have been ended by its person while the password was hashed.
                 if (!sessions_.is_alive(session)) {
                   return known(fail(Errc::unauthenticated, "the session has ended"));
                 }
                 known(std::move(*before));
               });
}

void SignIn::prove(const SessionId& session, UserId user, crypto::SecretBytes password,
                   std::string raw_code, Proved done) {
  check_own(
      session, user, std::move(password),
      [this, session, code = std::move(raw_code),
       done = std::move(done)](Result<StoredUser> stored) {
        if (!stored) return done(propagate(std::move(stored)));
        auto owes_code = factors_.has(stored->user.id);
        if (!owes_code) return done(propagate(std::move(owes_code)));
        const bool is_app = *owes_code && !Factors::is_recovery_code(code);
        const std::string bucket = session_bucket(session);
        if (is_app && !by_code_.take(bucket, clock_.steady())) {
          return done(fail(Errc::exhausted, "too many codes in this session"));
        }
        if (*owes_code) {
          if (auto used = factors_.use(stored->user, code); !used) {
            const bool is_wrong = used.error().code == Errc::unauthenticated;
            done(propagate(std::move(used)));
            if (is_wrong) note_wrong(stored->user, GuessWatch::Guess::code, {});
            return;
          }
        }
        by_account_.give_back(bucket);
        if (is_app) by_code_.give_back(bucket);
        done(sessions_.prove(session, *owes_code ? Strength::two_factors : Strength::one_factor));
      });
}

void SignIn::change_password(const SessionId& session, UserId user, crypto::SecretBytes current,
                             crypto::SecretBytes wanted, Proved done) {
  // Shared, because std::function copies what it holds, and a secret cannot be copied.
  auto kept = std::make_shared<crypto::SecretBytes>(std::move(wanted));
  check_own(session, user, std::move(current),
            [this, session, kept, done = std::move(done)](Result<StoredUser> stored) {
              if (!stored) return done(propagate(std::move(stored)));
              const User& owner = stored->user;
              auto email = users_.email(owner.id);
              if (!email) return done(propagate(std::move(email)));
              auto own = users_.organisation(owner.organisation);
              if (!own) return done(propagate(std::move(own)));
              if (auto fit = check_password(as_text(kept->reveal()), *email, own->name); !fit) {
                return done(propagate(std::move(fit)));
              }
              by_account_.give_back(session_bucket(session));
              const Bytes salt = random_salt();
              auto before = std::make_shared<StoredUser>(std::move(stored).value());
              hasher_.hash_chosen(std::move(*kept), salt,
                                  [this, before, session, salt, done](Result<crypto::Digest> hash) {
                                    if (!hash) return done(propagate(std::move(hash)));
                                    done(store_wanted(*before, session, salt, *hash));
                                  });
            });
}

Result<void> SignIn::store_wanted(const StoredUser& before, const SessionId& session,
                                  const Bytes& salt, const crypto::Digest& password) {
  FASTNESS_RETURN_IF_ERROR(is_unchanged(before));
  // As of the old one: the session may have been ended while this one was hashed.
  if (!sessions_.is_alive(session)) return fail(Errc::unauthenticated, "the session has ended");
  const UserId user = before.user.id;
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(users_.set_password(user, salt, password));
  FASTNESS_RETURN_IF_ERROR(links_.end(user));
  FASTNESS_RETURN_IF_ERROR(sessions_.remove_all_of(user, session));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::password_changed, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());

  pending_.end_all_of(user);
  sessions_.forget_all_of(user, session);
  return {};
}

Result<void> SignIn::sign_out_elsewhere(const SessionId& session, UserId user,
                                        const Visitor& visitor) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(sessions_.remove_all_of(user, session));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::signed_out_elsewhere, user, {}, visitor}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  sessions_.forget_all_of(user, session);
  return {};
}

}  // namespace fastness::accounts
