// The tables of who is in an organisation. Only accounts uses it.
#pragma once

#include <optional>
#include <vector>

#include "accounts/people/people.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "storage/database.h"

namespace fastness::accounts {

struct StoredInvitation {
  Invitation invitation;
  Bytes sealed_email;
};

// Rows in and out, no rules. The tables of AccountsStore must be there. Lives on the control
// thread.
class PeopleStore {
 public:
  explicit PeopleStore(storage::Database& database) : database_(&database) {}

  [[nodiscard]] Result<storage::Transaction> begin() { return database_->begin(); }

  // `already_exists` for somebody who is in it, and for a second owner.
  Result<void> insert(const Membership& membership);
  [[nodiscard]] Result<std::optional<Membership>> find(OrganisationId organisation, UserId user);
  // Who came first, first.
  [[nodiscard]] Result<std::vector<Membership>> of_organisation(OrganisationId organisation);
  [[nodiscard]] Result<std::vector<Membership>> of_user(UserId user);
  // Everybody who owns one and has chosen a password, by organisation.
  [[nodiscard]] Result<std::vector<Membership>> owners();
  // But for their things.
  Result<void> set_role(const Membership& membership);
  Result<void> set_things(OrganisationId organisation, UserId user, const ThingRights& things);
  // And their API keys there; their sessions work in their own organisation again.
  Result<void> remove(OrganisationId organisation, UserId user);
  // What was a person's own organisation once. Kept when they go, until it is forgotten.
  [[nodiscard]] Result<std::vector<OrganisationId>> former_homes(UserId user);
  Result<void> forget_homes(UserId user);

  // In place of one for the same address.
  Result<void> insert(const StoredInvitation& invitation, const crypto::Digest& email_index,
                      const crypto::Digest& token);
  // Those that are good at `now`, the oldest first.
  [[nodiscard]] Result<std::vector<StoredInvitation>> invitations(OrganisationId organisation,
                                                                  Timestamp now);
  [[nodiscard]] Result<std::optional<StoredInvitation>> invitation(const crypto::Digest& token,
                                                                   Timestamp now);
  // Whether it was there.
  [[nodiscard]] Result<bool> remove(OrganisationId organisation, InvitationId id);
  Result<void> remove_invitations_before(Timestamp now);

 private:
  storage::Database* database_;
};

}  // namespace fastness::accounts
