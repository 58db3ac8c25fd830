#include "accounts/federated/linked_sign_ins.h"

#include <utility>

#include "accounts/federated/link_store.h"
#include "accounts/news/news_book.h"
#include "accounts/users.h"
#include "keys/blind_index.h"
#include "keys/content_keys.h"

namespace fastness::accounts {
namespace {

keys::Address subject_address(OrganisationId organisation, const LinkedSignIn& linked) {
  return {organisation, keys::FieldId::user_subject, linked.id, linked.user};
}

// That sign-in, with all that rests on it whenever it began.
SignedOut all_of(LinkedSignInId id) {
  return {id, std::nullopt, Timestamp::max()};
}

Unexpected<Error> too_many_linked() {
  return fail(Errc::exhausted, "too many linked sign-ins");
}

}  // namespace

LinkedSignIns::LinkedSignIns(LinkStore& store, Users& users, SignIn& sign_in, NewsBook& news,
                             keys::ContentKeys& content, const AccountKeys& keys,
                             const Clock& clock, Random& random)
    : store_(store),
      users_(users),
      sign_in_(sign_in),
      news_(news),
      content_(content),
      keys_(keys),
      clock_(clock),
      random_(random),
      session_key_(crypto::hkdf_sha256(keys.session, {}, "fastness provider session", 32)),
      attempts_(clock, random) {}

Result<SentAway> LinkedSignIns::begin_sign_in(std::string provider, std::string redirect_uri,
                                              const Visitor& visitor) {
  std::string network = network_of(visitor.address);
  if (!by_network_.take(network, clock_.steady())) {
    return fail(Errc::exhausted, "too many attempts to sign in");
  }
  return attempts_.open(oidc::Attempt::make(std::move(provider), std::move(redirect_uri), random_),
                        std::nullopt, std::move(network));
}

Result<SentAway> LinkedSignIns::begin_link(const SessionId& session, UserId user,
                                           std::string provider, std::string redirect_uri,
                                           const Visitor& visitor) {
  FASTNESS_ASSIGN_OR_RETURN(const auto there, store_.of(user));
  if (there.size() >= kMostOfOne) return too_many_linked();
  return attempts_.open(oidc::Attempt::make(std::move(provider), std::move(redirect_uri), random_),
                        session, network_of(visitor.address));
}

// An issuer is an address and has no line ends, so no two pairs are one text.
crypto::Digest LinkedSignIns::index_of(const std::string& issuer,
                                       const std::string& subject) const {
  return keys::blind_index(keys_.blind_index, keys::FieldId::user_subject, issuer + "\n" + subject);
}

std::optional<crypto::Digest> LinkedSignIns::session_of(
    const std::string& issuer, const std::optional<std::string>& session) const {
  if (!session) return std::nullopt;
  return crypto::hmac_sha256(session_key_, as_bytes(issuer + "\n" + *session));
}

LinkedSignIns::Followed LinkedSignIns::sign_in(const oidc::Identity& identity,
                                               const Visitor& visitor) {
  auto found = store_.find(index_of(identity.issuer, identity.subject));
  if (!found) return {std::nullopt, propagate(std::move(found))};
  if (!*found) return {std::nullopt, fail(Errc::not_found, "nobody has linked this sign-in")};
  const LinkedSignIn& linked = **found;
  auto user = users_.find(linked.user);
  if (!user) return {std::nullopt, propagate(std::move(user))};
  if (auto used = store_.use(linked.id, clock_.now()); !used) {
    return {user->organisation, propagate(std::move(used))};
  }
  by_network_.give_back(network_of(visitor.address));
  const VouchedBy by{linked.id, session_of(identity.issuer, identity.session)};
  return {user->organisation, sign_in_.enter_vouched(*user, visitor, by)};
}

Result<LinkedSignIn> LinkedSignIns::link(UserId user, const oidc::Identity& identity,
                                         std::string provider_name) {
  const LinkedSignIn made{LinkedSignInId(random_uuid(random_)), user, identity.issuer,
                          std::move(provider_name), clock_.now()};
  FASTNESS_ASSIGN_OR_RETURN(const User whose, users_.find(user));
  FASTNESS_ASSIGN_OR_RETURN(
      const Bytes sealed,
      content_.seal(subject_address(whose.organisation, made), as_bytes(identity.subject)));
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const auto there, store_.of(user));
  if (there.size() >= kMostOfOne) return too_many_linked();
  FASTNESS_RETURN_IF_ERROR(
      store_.insert(made, index_of(identity.issuer, identity.subject), sealed));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::sign_in_linked, user, made.provider}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return made;
}

Result<std::vector<LinkedSignIn>> LinkedSignIns::list(UserId user) {
  return store_.of(user);
}

Result<std::string> LinkedSignIns::subject(const LinkedSignIn& linked) {
  FASTNESS_ASSIGN_OR_RETURN(const User whose, users_.find(linked.user));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed, store_.sealed_subject(linked.id));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes opened,
                            content_.open(subject_address(whose.organisation, linked), sealed));
  return std::string(as_text(opened));
}

Result<void> LinkedSignIns::remove(UserId user, LinkedSignInId id,
                                   const std::optional<SessionId>& current) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const auto gone, store_.remove(user, id));
  if (!gone) return fail(Errc::not_found, "no such linked sign-in");
  FASTNESS_RETURN_IF_ERROR(sign_in_.remove_vouched(all_of(id), current));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::sign_in_unlinked, user, gone->provider}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  sign_in_.forget_vouched(all_of(id), current);
  return {};
}

Result<std::vector<LinkedSignIn>> LinkedSignIns::reset(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto theirs, store_.of(user));
  if (theirs.empty()) return theirs;
  FASTNESS_RETURN_IF_ERROR(store_.remove_all(user));
  for (const LinkedSignIn& each : theirs) {
    FASTNESS_RETURN_IF_ERROR(sign_in_.remove_vouched(all_of(each.id), std::nullopt));
  }
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::sign_ins_reset, user}));
  return theirs;
}

void LinkedSignIns::was_reset(const std::vector<LinkedSignIn>& gone) {
  for (const LinkedSignIn& each : gone) sign_in_.forget_vouched(all_of(each.id), std::nullopt);
}

Result<std::vector<Session>> LinkedSignIns::sign_out(const oidc::Logout& logout) {
  SignedOut over{std::nullopt, session_of(logout.issuer, logout.session),
                 logout.at + oidc::SignedToken::kSkew};
  if (logout.subject) {
    FASTNESS_ASSIGN_OR_RETURN(const auto linked,
                              store_.find(index_of(logout.issuer, *logout.subject)));
    if (!linked) return std::vector<Session>();
    over.sign_in = linked->id;
  }
  return sign_in_.end_vouched(over);
}

Result<void> LinkedSignIns::rehome(const User& before, const User& after) {
  FASTNESS_ASSIGN_OR_RETURN(const auto theirs, store_.of(before.id));
  for (const LinkedSignIn& each : theirs) {
    FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed, store_.sealed_subject(each.id));
    FASTNESS_ASSIGN_OR_RETURN(const Bytes opened,
                              content_.open(subject_address(before.organisation, each), sealed));
    FASTNESS_ASSIGN_OR_RETURN(const Bytes again,
                              content_.seal(subject_address(after.organisation, each), opened));
    FASTNESS_RETURN_IF_ERROR(store_.reseal(each.id, again));
  }
  return {};
}

}  // namespace fastness::accounts
