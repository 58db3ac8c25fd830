#include "keys/testing/memory_vault.h"

#include "crypto/secret/system_random.h"

namespace fastness::keys::testing {
namespace {

constexpr std::size_t kKeySize = 32;

crypto::SecretBytes random_key() {
  crypto::SecretBytes key(kKeySize);
  crypto::SystemRandom().fill(key.reveal());
  return key;
}

crypto::SecretBytes copy(const crypto::SecretBytes& secret) {
  Bytes bytes = to_bytes(secret.reveal());
  return crypto::SecretBytes::take(bytes);
}

}  // namespace

MemoryVault::MemoryVault() : segment_pair_(crypto::SealKeyPair::generate()) {}

Result<crypto::SealPublicKey> MemoryVault::public_key(OrganisationId organisation) {
  const std::lock_guard lock(mutex_);
  auto found = pairs_.find(organisation);
  if (found == pairs_.end()) {
    found = pairs_.emplace(organisation, crypto::SealKeyPair::generate()).first;
  }
  return found->second.public_key;
}

Result<crypto::SecretBytes> MemoryVault::unwrap(OrganisationId organisation, DataClass,
                                                ByteView sealed_key) {
  const std::lock_guard lock(mutex_);
  if (budget_ == 0) return fail(Errc::exhausted, "the unwrap budget is used up");
  --budget_;
  ++unwraps_;
  const auto found = pairs_.find(organisation);
  if (found == pairs_.end()) return fail(Errc::corrupted, "no such organisation");
  return crypto::open_sealed(found->second, sealed_key);
}

Result<crypto::SecretBytes> MemoryVault::organisation_share(OrganisationId organisation) {
  return share({organisation, Uuid(Uuid::Bytes{})});
}

Result<crypto::SecretBytes> MemoryVault::person_share(OrganisationId organisation, UserId person) {
  return share({organisation, person.value()});
}

Result<crypto::SecretBytes> MemoryVault::share(const Person& person) {
  const std::lock_guard lock(mutex_);
  const auto found = shares_.try_emplace(person, random_key()).first;
  if (found->second.size() == 0) return fail(Errc::not_found, "the share was destroyed");
  return copy(found->second);
}

Result<SegmentKeys::Fresh> MemoryVault::make() {
  Fresh fresh{random_key(), {}};
  fresh.wrapped = crypto::seal_to(segment_pair_.public_key, fresh.key.reveal());
  return fresh;
}

Result<crypto::SecretBytes> MemoryVault::unwrap(ByteView wrapped) {
  return crypto::open_sealed(segment_pair_, wrapped);
}

void MemoryVault::set_budget(std::uint64_t budget) {
  const std::lock_guard lock(mutex_);
  budget_ = budget;
}

std::uint64_t MemoryVault::unwraps() const {
  const std::lock_guard lock(mutex_);
  return unwraps_;
}

void MemoryVault::destroy_share(OrganisationId organisation) {
  const std::lock_guard lock(mutex_);
  shares_[{organisation, Uuid(Uuid::Bytes{})}] = crypto::SecretBytes();
}

void MemoryVault::destroy_share(OrganisationId organisation, UserId person) {
  const std::lock_guard lock(mutex_);
  shares_[{organisation, person.value()}] = crypto::SecretBytes();
}

}  // namespace fastness::keys::testing
