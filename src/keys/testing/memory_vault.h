#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "crypto/public_key/sealed_box.h"
#include "crypto/secret/secret_bytes.h"
#include "keys/unwrap_service.h"

namespace fastness::keys::testing {

// The vault's side of content and segment keys, in memory, with real cryptography: what it refuses,
// nobody can read. Thread-safe.
class MemoryVault final : public UnwrapService, public SegmentKeys {
 public:
  MemoryVault();

  [[nodiscard]] Result<crypto::SealPublicKey> public_key(OrganisationId organisation) override;
  [[nodiscard]] Result<crypto::SecretBytes> unwrap(OrganisationId organisation,
                                                   DataClass data_class,
                                                   ByteView sealed_key) override;
  [[nodiscard]] Result<crypto::SecretBytes> organisation_share(
      OrganisationId organisation) override;
  [[nodiscard]] Result<crypto::SecretBytes> person_share(OrganisationId organisation,
                                                         UserId person) override;

  [[nodiscard]] Result<Fresh> make() override;
  [[nodiscard]] Result<crypto::SecretBytes> unwrap(ByteView wrapped) override;

  // How many content keys may still be unwrapped, and how many were.
  void set_budget(std::uint64_t budget);
  [[nodiscard]] std::uint64_t unwraps() const;

  void destroy_share(OrganisationId organisation);
  void destroy_share(OrganisationId organisation, UserId person);

 private:
  using Person = std::pair<OrganisationId, Uuid>;  // the nil UUID for the organisation itself
  [[nodiscard]] Result<crypto::SecretBytes> share(const Person& person);

  mutable std::mutex mutex_;
  crypto::SealKeyPair segment_pair_;
  std::map<OrganisationId, crypto::SealKeyPair> pairs_;
  std::map<Person, crypto::SecretBytes> shares_;  // an empty one was destroyed
  std::uint64_t budget_ = ~std::uint64_t{0};
  std::uint64_t unwraps_ = 0;
};

}  // namespace fastness::keys::testing
