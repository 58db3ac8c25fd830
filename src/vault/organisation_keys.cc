#include "vault/organisation_keys.h"

#include <algorithm>
#include <set>
#include <string_view>

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

constexpr std::string_view kPairEnd = ".pair";
constexpr std::string_view kShareEnd = ".share";

// Whose key a file is: its name without the end. `corrupted` if it is nobody's.
Result<std::string> owner_of(std::string_view name) {
  constexpr std::size_t kUuid = 36;
  const bool is_pair = name.ends_with(kPairEnd);
  if (is_pair || name.ends_with(kShareEnd)) {
    const std::string_view owner =
        name.substr(0, name.size() - (is_pair ? kPairEnd : kShareEnd).size());
    const bool is_person = !is_pair && owner.size() == 2 * kUuid + 1 && owner[kUuid] == '.' &&
                           Uuid::parse(owner.substr(kUuid + 1));
    if ((is_person || owner.size() == kUuid) && Uuid::parse(owner.substr(0, kUuid))) {
      return std::string(owner);
    }
  }
  return fail(Errc::corrupted, "a key of nobody is among the organisations' keys");
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

Result<OrganisationKeys::Held> OrganisationKeys::held() const {
  FASTNESS_ASSIGN_OR_RETURN(const auto names, files_.names());
  Held held;
  for (const std::string& name : names) {
    FASTNESS_RETURN_IF_ERROR(owner_of(name));
    FASTNESS_ASSIGN_OR_RETURN(crypto::SecretBytes secret, files_.read(name));
    if (secret.size() == 0) {
      held.erased.push_back(name);
    } else {
      held.keys.push_back({name, std::move(secret)});
    }
  }
  return held;
}

Result<std::uint32_t> OrganisationKeys::owners() const {
  FASTNESS_ASSIGN_OR_RETURN(const auto names, files_.names());
  std::set<std::string> owners;
  for (const std::string& name : names) {
    FASTNESS_ASSIGN_OR_RETURN(std::string owner, owner_of(name));
    owners.insert(std::move(owner));
  }
  return static_cast<std::uint32_t>(owners.size());
}

Result<void> OrganisationKeys::restore(const SealedFiles& files, const Held& held) {
  const auto is_erased = [&](const std::string& owner) {
    // With an organisation goes everybody's share in it.
    return std::ranges::any_of(held.erased, [&](const std::string& name) {
      const std::string_view gone =
          std::string_view(name).substr(0, name.size() - kShareEnd.size());
      return owner == gone || owner.starts_with(std::string(gone) + ".");
    });
  };
  for (const std::string& name : held.erased) {
    if (!name.ends_with(kShareEnd)) return fail(Errc::corrupted, "only shares are erased");
    FASTNESS_RETURN_IF_ERROR(owner_of(name));
    FASTNESS_RETURN_IF_ERROR(files.write(name, {}));
  }
  for (const HeldKey& key : held.keys) {
    FASTNESS_ASSIGN_OR_RETURN(const std::string owner, owner_of(key.name));
    if (is_erased(owner)) continue;
    FASTNESS_RETURN_IF_ERROR(files.write(key.name, key.secret.reveal()));
  }
  return {};
}

}  // namespace fastness::vault
