#include "accounts/people/people_store.h"

#include <tuple>
#include <utility>

namespace fastness::accounts {
namespace {

using MemberRow = std::tuple<OrganisationId, UserId, Role, Timestamp, std::string>;
using InvitationRow = std::tuple<InvitationId, OrganisationId, UserId, Role, Bytes, Timestamp,
                                 Timestamp, std::string>;

// A role that nobody knows is none.
Result<Role> known(Role role) {
  if (to_text(role).empty()) return fail(Errc::corrupted, "a role that nobody knows is stored");
  return role;
}

Result<Membership> to_membership(const MemberRow& row) {
  const auto& [organisation, user, stored, since, things] = row;
  FASTNESS_ASSIGN_OR_RETURN(const Role role, known(stored));
  FASTNESS_ASSIGN_OR_RETURN(ThingRights rights, parse_thing_rights(things));
  return Membership{organisation, user, role, since, std::move(rights)};
}

Result<std::vector<Membership>> to_memberships(const std::vector<MemberRow>& rows) {
  std::vector<Membership> memberships;
  memberships.reserve(rows.size());
  for (const MemberRow& row : rows) {
    FASTNESS_ASSIGN_OR_RETURN(Membership membership, to_membership(row));
    memberships.push_back(std::move(membership));
  }
  return memberships;
}

Result<StoredInvitation> to_invitation(InvitationRow&& row) {
  auto& [id, organisation, by, stored, sealed_email, created_at, expires_at, things] = row;
  FASTNESS_ASSIGN_OR_RETURN(const Role role, known(stored));
  FASTNESS_ASSIGN_OR_RETURN(ThingRights rights, parse_thing_rights(things));
  return StoredInvitation{{id, organisation, by, role, created_at, expires_at, std::move(rights)},
                          std::move(sealed_email)};
}

}  // namespace

Result<void> PeopleStore::insert(const Membership& membership) {
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO member (organisation, user, role, since, things) VALUES (?, ?, ?, ?, ?)",
      membership.organisation, membership.user, membership.role, membership.since,
      to_text(membership.things)));
  return {};
}

Result<std::optional<Membership>> PeopleStore::find(OrganisationId organisation, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row, (database_->query_one<OrganisationId, UserId, Role, Timestamp, std::string>(
                          "SELECT organisation, user, role, since, things FROM member"
                          " WHERE organisation = ? AND user = ?",
                          organisation, user)));
  if (!row) return std::optional<Membership>();
  FASTNESS_ASSIGN_OR_RETURN(Membership membership, to_membership(*row));
  return std::optional(std::move(membership));
}

Result<std::vector<Membership>> PeopleStore::of_organisation(OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(const auto rows,
                            (database_->query<OrganisationId, UserId, Role, Timestamp, std::string>(
                                "SELECT organisation, user, role, since, things FROM member"
                                " WHERE organisation = ? ORDER BY since, user",
                                organisation)));
  return to_memberships(rows);
}

Result<std::vector<Membership>> PeopleStore::of_user(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto rows,
                            (database_->query<OrganisationId, UserId, Role, Timestamp, std::string>(
                                "SELECT organisation, user, role, since, things FROM member"
                                " WHERE user = ? ORDER BY since, organisation",
                                user)));
  return to_memberships(rows);
}

Result<std::vector<Membership>> PeopleStore::owners() {
  FASTNESS_ASSIGN_OR_RETURN(const auto rows,
                            (database_->query<OrganisationId, UserId, Role, Timestamp, std::string>(
                                "SELECT member.organisation, member.user, role, since, things"
                                " FROM member"
                                " JOIN user ON user.id = member.user"
                                " WHERE role = 4 AND password IS NOT NULL ORDER BY 1")));
  return to_memberships(rows);
}

Result<void> PeopleStore::set_role(const Membership& membership) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE member SET role = ?, since = ? WHERE organisation = ? AND user = ?",
                     membership.role, membership.since, membership.organisation, membership.user));
  return {};
}

Result<void> PeopleStore::set_things(OrganisationId organisation, UserId user,
                                     const ThingRights& things) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE member SET things = ? WHERE organisation = ? AND user = ?",
                     to_text(things), organisation, user));
  return {};
}

Result<void> PeopleStore::remove(OrganisationId organisation, UserId user) {
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM api_key WHERE organisation = ? AND user = ?",
                                          organisation, user));
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "UPDATE session SET works_in = NULL WHERE works_in = ? AND user = ?", organisation, user));
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "UPDATE user SET works_in = NULL WHERE works_in = ? AND id = ?", organisation, user));
  FASTNESS_RETURN_IF_ERROR(
      database_->run("DELETE FROM member WHERE organisation = ? AND user = ?", organisation, user));
  return {};
}

Result<std::vector<OrganisationId>> PeopleStore::former_homes(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      database_->query<OrganisationId>(
          "SELECT organisation FROM former_home WHERE user = ? ORDER BY organisation", user));
  std::vector<OrganisationId> homes;
  homes.reserve(rows.size());
  for (const auto& [organisation] : rows) homes.push_back(organisation);
  return homes;
}

Result<void> PeopleStore::forget_homes(UserId user) {
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM former_home WHERE user = ?", user));
  return {};
}

Result<void> PeopleStore::insert(const StoredInvitation& stored, const crypto::Digest& email_index,
                                 const crypto::Digest& token) {
  const Invitation& each = stored.invitation;
  FASTNESS_RETURN_IF_ERROR(
      database_->run("DELETE FROM invitation WHERE organisation = ? AND email_index = ?",
                     each.organisation, email_index));
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO invitation (id, organisation, invited_by, role, sealed_email, email_index,"
      " token, created_at, expires_at, things) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      each.id, each.organisation, each.by, each.role, stored.sealed_email, email_index, token,
      each.created_at, each.expires_at, to_text(each.things)));
  return {};
}

Result<std::vector<StoredInvitation>> PeopleStore::invitations(OrganisationId organisation,
                                                               Timestamp now) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows, (database_->query<InvitationId, OrganisationId, UserId, Role, Bytes, Timestamp,
                                   Timestamp, std::string>(
                     "SELECT id, organisation, invited_by, role, sealed_email, created_at,"
                     " expires_at, things FROM invitation WHERE organisation = ? AND expires_at > ?"
                     " ORDER BY created_at, id",
                     organisation, now)));
  std::vector<StoredInvitation> invitations;
  invitations.reserve(rows.size());
  for (InvitationRow& row : rows) {
    FASTNESS_ASSIGN_OR_RETURN(StoredInvitation invitation, to_invitation(std::move(row)));
    invitations.push_back(std::move(invitation));
  }
  return invitations;
}

Result<std::optional<StoredInvitation>> PeopleStore::invitation(const crypto::Digest& token,
                                                                Timestamp now) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto row, (database_->query_one<InvitationId, OrganisationId, UserId, Role, Bytes, Timestamp,
                                      Timestamp, std::string>(
                    "SELECT id, organisation, invited_by, role, sealed_email, created_at,"
                    " expires_at, things FROM invitation WHERE token = ? AND expires_at > ?",
                    token, now)));
  if (!row) return std::optional<StoredInvitation>();
  FASTNESS_ASSIGN_OR_RETURN(StoredInvitation invitation, to_invitation(*std::move(row)));
  return std::optional(std::move(invitation));
}

Result<bool> PeopleStore::remove(OrganisationId organisation, InvitationId id) {
  FASTNESS_ASSIGN_OR_RETURN(
      const std::int64_t removed,
      database_->run("DELETE FROM invitation WHERE organisation = ? AND id = ?", organisation, id));
  return removed == 1;
}

Result<void> PeopleStore::remove_invitations_before(Timestamp now) {
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM invitation WHERE expires_at <= ?", now));
  return {};
}

}  // namespace fastness::accounts
