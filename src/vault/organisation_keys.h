#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/public_key/sealed_box.h"
#include "vault/budget.h"
#include "vault/store/sealed_files.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault {

// One file of what OrganisationKeys keeps, by its name.
struct HeldKey {
  std::string name;
  crypto::SecretBytes secret;
};

// The organisations' sealing pairs and everybody's shares: what opens a closed day's content keys,
// within budgets, until the share is destroyed. Lives on one thread.
class OrganisationKeys {
 public:
  // What a hub may unwrap: one chart over a year of one property's history is some 400 keys.
  struct Limits {
    Allowance each = hourly(fixed_limit<double>("vault.unwraps_of_organisation"));
    Allowance total = hourly(fixed_limit<double>("vault.unwraps"));
  };

  // `clock` and `random` must outlive the object.
  OrganisationKeys(SealedFiles files, const Clock& clock, Random& random, Limits limits);

  // Makes the pair on first use. `not_found` once the organisation's share was destroyed.
  [[nodiscard]] Result<crypto::SealPublicKey> public_key(OrganisationId organisation);

  // `exhausted` over budget, `not_found` without a pair, `corrupted` if sealed to another.
  [[nodiscard]] Result<crypto::SecretBytes> unwrap(OrganisationId organisation, ByteView sealed);

  // Made on first use; `not_found` once destroyed, also if its whole organisation was.
  [[nodiscard]] Result<crypto::SecretBytes> share(const vault_ipc::ShareOwner& owner);
  [[nodiscard]] Result<void> destroy_share(const vault_ipc::ShareOwner& owner);

  // All that there is, for a recovery kit: keys, and the names of shares that were destroyed.
  struct Held {
    std::vector<HeldKey> keys;
    std::vector<std::string> erased;
  };
  [[nodiscard]] Result<Held> held() const;
  // How many organisations and people have, or had, a key here. Never goes down.
  [[nodiscard]] Result<std::uint32_t> owners() const;
  // Fills the files of a vault that has none. Keys whose owner was erased stay away. `corrupted`
  // for a name that no key of ours has.
  [[nodiscard]] static Result<void> restore(const SealedFiles& files, const Held& held);

 private:
  [[nodiscard]] Result<void> require_not_erased(OrganisationId organisation) const;
  [[nodiscard]] Result<const crypto::SealKeyPair*> find_pair(OrganisationId organisation);
  [[nodiscard]] Result<void> spend(OrganisationId organisation);

  SealedFiles files_;
  const Clock& clock_;
  Random& random_;
  Limits limits_;
  Budget total_;
  std::map<OrganisationId, Budget> budgets_;
  std::map<OrganisationId, crypto::SealKeyPair> pairs_;
};

}  // namespace fastness::vault
