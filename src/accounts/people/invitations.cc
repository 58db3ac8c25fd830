#include "accounts/people/invitations.h"

#include <utility>

#include "accounts/news/news_book.h"
#include "accounts/people/members.h"
#include "accounts/users.h"
#include "crypto/password/password_hash.h"
#include "crypto/secret/key_text.h"
#include "keys/content_keys.h"

namespace fastness::accounts {
namespace {

// The organisation's until somebody came in by it: then it is gone.
keys::Address invited_address(const Invitation& invitation) {
  return {invitation.organisation, keys::FieldId::invitation_email, invitation.id};
}

}  // namespace

Invitations::Invitations(PeopleStore store, const Parts& parts)
    : store_(store),
      parts_(parts),
      token_key_(crypto::hkdf_sha256(parts.keys.setup_link, {}, "fastness invitations", 32)) {}

crypto::Digest Invitations::digest(std::string_view raw_token) const {
  return crypto::hmac_sha256(token_key_, as_bytes(raw_token));
}

Result<void> Invitations::check_room(OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(const auto members, parts_.members.of_organisation(organisation));
  if (members.size() >= Members::kMax) {
    return fail(Errc::exhausted, "the organisation has as many people as it may have");
  }
  return {};
}

Result<NewInvitation> Invitations::create(OrganisationId organisation, UserId by, Role as,
                                          std::string_view raw_email, Role role,
                                          ThingRights things) {
  FASTNESS_ASSIGN_OR_RETURN(std::string email, normalise_email(raw_email));
  if (!may_give(as, role)) {
    return fail(Errc::permission_denied, "your own role does not give that one");
  }
  if (things.size() > kMaxThingRights) {
    return fail(Errc::invalid_argument, "nobody is given more than 64 things by name");
  }
  if (const auto user = parts_.users.find_by_email(email)) {
    FASTNESS_ASSIGN_OR_RETURN(const auto is, parts_.members.role(organisation, user->id));
    if (is) return fail(Errc::already_exists, "this address is in the organisation");
  }
  FASTNESS_RETURN_IF_ERROR(check_room(organisation));
  const Timestamp now = parts_.clock.now();
  FASTNESS_ASSIGN_OR_RETURN(const auto waiting, store_.invitations(organisation, now));
  if (waiting.size() >= kMaxWaiting) {
    return fail(Errc::exhausted, "as many invitations wait as may: withdraw one");
  }
  if (!made_lately_.take(organisation.value().to_text(), parts_.clock.steady())) {
    return fail(Errc::exhausted, "many invitations were made lately: wait some minutes");
  }

  const Invitation invitation{InvitationId(random_uuid(parts_.random)),
                              organisation,
                              by,
                              role,
                              now,
                              now + kLife,
                              std::move(things)};
  NewInvitation made{invitation, std::move(email), crypto::make_token(parts_.random)};
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                            parts_.content.seal(invited_address(invitation), as_bytes(made.email)));
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.insert({invitation, sealed}, parts_.users.email_index(made.email),
                                         digest(made.token)));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return made;
}

Result<std::vector<Invitations::Listed>> Invitations::list(OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(const auto stored,
                            store_.invitations(organisation, parts_.clock.now()));
  std::vector<Listed> listed;
  listed.reserve(stored.size());
  for (const StoredInvitation& each : stored) {
    auto email = email_of(each);
    listed.push_back({each.invitation, email ? std::move(email).value() : std::string()});
  }
  return listed;
}

Result<void> Invitations::withdraw(OrganisationId organisation, InvitationId id) {
  FASTNESS_ASSIGN_OR_RETURN(const bool was_there, store_.remove(organisation, id));
  if (!was_there) return fail(Errc::not_found, "no such invitation");
  return {};
}

Result<void> Invitations::forget_expired() {
  return store_.remove_invitations_before(parts_.clock.now());
}

Result<StoredInvitation> Invitations::find(std::string_view raw_token) {
  FASTNESS_ASSIGN_OR_RETURN(auto stored, store_.invitation(digest(raw_token), parts_.clock.now()));
  if (!stored) return fail(Errc::unauthenticated, "no open invitation has this token");
  return *std::move(stored);
}

Result<std::string> Invitations::email_of(const StoredInvitation& stored) {
  FASTNESS_ASSIGN_OR_RETURN(
      const Bytes email,
      parts_.content.open(invited_address(stored.invitation), stored.sealed_email));
  return std::string(as_text(email));
}

Result<Invitations::Offer> Invitations::look_up(std::string_view raw_token) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredInvitation stored, find(raw_token));
  FASTNESS_ASSIGN_OR_RETURN(std::string email, email_of(stored));
  FASTNESS_ASSIGN_OR_RETURN(Organisation organisation,
                            parts_.users.organisation(stored.invitation.organisation));
  const bool has_account = parts_.users.find_by_email(email).has_value();
  return Offer{stored.invitation, std::move(email), std::move(organisation.name), has_account};
}

Result<Membership> Invitations::accept(std::string_view raw_token, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredInvitation stored, find(raw_token));
  FASTNESS_ASSIGN_OR_RETURN(const std::string invited, email_of(stored));
  FASTNESS_ASSIGN_OR_RETURN(const std::string own, parts_.users.email(user));
  if (own != invited) return fail(Errc::permission_denied, "the invitation is for another address");
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const Membership membership, come_in(stored.invitation, user));
  FASTNESS_RETURN_IF_ERROR(parts_.news.note({NewsKind::joined_organisation, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return membership;
}

// Within a transaction: it is used up, or nobody came in.
Result<Membership> Invitations::come_in(const Invitation& invitation, UserId user) {
  FASTNESS_RETURN_IF_ERROR(check_room(invitation.organisation));
  const Membership membership{invitation.organisation, user, invitation.role, parts_.clock.now(),
                              invitation.things};
  FASTNESS_RETURN_IF_ERROR(withdraw(invitation.organisation, invitation.id));
  FASTNESS_RETURN_IF_ERROR(parts_.members.add(membership));
  FASTNESS_RETURN_IF_ERROR(parts_.news.note({NewsKind::invitation_accepted, invitation.by}));
  return membership;
}

void Invitations::join(std::string raw_token, crypto::SecretBytes password, const Visitor& visitor,
                       Done done) {
  const auto offer = look_up(raw_token);
  if (!offer) return done(Unexpected<Error>{offer.error()});
  if (offer->has_account) return done(fail(Errc::already_exists, "this address has an account"));
  if (auto fit = check_password(as_text(password.reveal()), offer->email, offer->organisation);
      !fit) {
    return done(propagate(std::move(fit)));
  }
  Bytes salt(crypto::kPasswordSaltSize);
  parts_.random.fill(salt);
  parts_.hasher.hash_chosen(std::move(password), salt,
                            [this, salt, visitor, token = std::move(raw_token),
                             done = std::move(done)](Result<crypto::Digest> hash) {
                              if (!hash) return done(propagate(std::move(hash)));
                              done(let_in(token, salt, *hash, visitor));
                            });
}

Result<NewSession> Invitations::let_in(const std::string& raw_token, const Bytes& salt,
                                       const crypto::Digest& password, const Visitor& visitor) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const Membership in, make_account(raw_token, salt, password));
  auto made = sign_in_there(in, visitor);
  if (!made) return made;
  if (auto committed = transaction.commit(); !committed) {
    parts_.sessions.forget_all_of(in.user);
    return propagate(std::move(committed));
  }
  return made;
}

// Of somebody new, in the same transaction: if it fails, no session is left in memory.
Result<NewSession> Invitations::sign_in_there(const Membership& in, const Visitor& visitor) {
  FASTNESS_ASSIGN_OR_RETURN(const User user, parts_.users.find(in.user));
  FASTNESS_ASSIGN_OR_RETURN(NewSession made,
                            parts_.sessions.create(user.id, user.organisation, visitor));
  if (auto works = parts_.sessions.work_in(made.id, in.organisation); !works) {
    parts_.sessions.forget_all_of(in.user);
    return propagate(std::move(works));
  }
  made.session.works_in = in.organisation;
  return made;
}

// The invitation may have been used, or withdrawn, while the password was hashed.
Result<Membership> Invitations::make_account(const std::string& raw_token, const Bytes& salt,
                                             const crypto::Digest& password) {
  FASTNESS_ASSIGN_OR_RETURN(const StoredInvitation stored, find(raw_token));
  FASTNESS_ASSIGN_OR_RETURN(const std::string email, email_of(stored));
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const User user, parts_.users.create(email, kOwnName));
  FASTNESS_RETURN_IF_ERROR(parts_.users.set_password(user.id, salt, password));
  FASTNESS_ASSIGN_OR_RETURN(const Membership membership, come_in(stored.invitation, user.id));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return membership;
}

}  // namespace fastness::accounts
