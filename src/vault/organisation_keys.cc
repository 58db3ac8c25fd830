#include "vault/organisation_keys.h"

namespace fastness::vault {
namespace {

constexpr std::size_t kShareSize = 32;

std::string pair_name(OrganisationId organisation) {
  return organisation.value().to_text() + ".pair";
}

std::string share_name(const vault_ipc::ShareOwner& owner) {
  const std::string person = owner.person ? "." + owner.person->value().to_text() : "";
  return owner.organisation.value().to_text() + person + ".share";
}

Unexpected<Error> erased() {
  return fail(Errc::not_found, "the share was destroyed");
}

}  // namespace

OrganisationKeys::OrganisationKeys(SealedFiles files, const Clock& clock, Random& random,
                                   Limits limits)
    : files_(std::move(files)),
      clock_(clock),
      random_(random),
      limits_(limits),
      total_(limits.total, clock.steady()) {}

// An empty share file is the tombstone of one that was destroyed.
Result<void> OrganisationKeys::require_not_erased(OrganisationId organisation) const {
  const auto share = files_.read(share_name({organisation, std::nullopt}));
  if (share) return share->size() == 0 ? Result<void>(erased()) : Result<void>();
  if (share.error().code == Errc::not_found) return {};
  return Unexpected<Error>{share.error()};
}

Result<const crypto::SealKeyPair*> OrganisationKeys::find_pair(OrganisationId organisation) {
  const auto loaded = pairs_.find(organisation);
  if (loaded != pairs_.end()) return &loaded->second;
  FASTNESS_ASSIGN_OR_RETURN(crypto::SecretBytes secret, files_.read(pair_name(organisation)));
  FASTNESS_ASSIGN_OR_RETURN(crypto::SealKeyPair pair,
                            crypto::SealKeyPair::from_secret(std::move(secret)));
  return &pairs_.emplace(organisation, std::move(pair)).first->second;
}

Result<crypto::SealPublicKey> OrganisationKeys::public_key(OrganisationId organisation) {
  FASTNESS_RETURN_IF_ERROR(require_not_erased(organisation));
  const auto existing = find_pair(organisation);
  if (existing) return (*existing)->public_key;
  if (existing.error().code != Errc::not_found) return Unexpected<Error>{existing.error()};
  crypto::SealKeyPair pair = crypto::SealKeyPair::generate();
  FASTNESS_RETURN_IF_ERROR(files_.write(pair_name(organisation), pair.secret.reveal()));
  return pairs_.emplace(organisation, std::move(pair)).first->second.public_key;
}

Result<void> OrganisationKeys::spend(OrganisationId organisation) {
  const SteadyTime now = clock_.steady();
  Budget& own = budgets_.try_emplace(organisation, limits_.each, now).first->second;
  // Asked first, so that an organisation over its budget does not use up everybody's.
  if (!own.can_spend(now) || !total_.spend(now)) {
    return fail(Errc::exhausted, "the budget for opening content keys is used up");
  }
  static_cast<void>(own.spend(now));
  return {};
}

Result<crypto::SecretBytes> OrganisationKeys::unwrap(OrganisationId organisation, ByteView sealed) {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SealKeyPair* pair, find_pair(organisation));
  FASTNESS_RETURN_IF_ERROR(spend(organisation));
  return crypto::open_sealed(*pair, sealed);
}

Result<crypto::SecretBytes> OrganisationKeys::share(const vault_ipc::ShareOwner& owner) {
  FASTNESS_RETURN_IF_ERROR(require_not_erased(owner.organisation));
  auto existing = files_.read(share_name(owner));
  if (existing)
    return existing->size() == 0 ? Result<crypto::SecretBytes>(erased()) : std::move(existing);
  if (existing.error().code != Errc::not_found) return existing;
  crypto::SecretBytes fresh(kShareSize);
  random_.fill(fresh.reveal());
  FASTNESS_RETURN_IF_ERROR(files_.write(share_name(owner), fresh.reveal()));
  return fresh;
}

Result<void> OrganisationKeys::destroy_share(const vault_ipc::ShareOwner& owner) {
  // Overwritten first, then replaced by the tombstone: a cut in between leaves the share gone and
  // no tombstone, and the caller, who heard no success, asks again.
  FASTNESS_RETURN_IF_ERROR(files_.destroy(share_name(owner)));
  FASTNESS_RETURN_IF_ERROR(files_.write(share_name(owner), {}));
  if (owner.person) return {};
  FASTNESS_RETURN_IF_ERROR(files_.destroy(pair_name(owner.organisation)));
  pairs_.erase(owner.organisation);
  return {};
}

}  // namespace fastness::vault
