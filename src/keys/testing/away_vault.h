#pragma once

#include "keys/unwrap_service.h"

namespace fastness::keys::testing {

// A vault that a test takes away: then it answers nothing. The one behind it must outlive it.
class AwayVault final : public UnwrapService {
 public:
  explicit AwayVault(UnwrapService& behind) : behind_(behind) {}

  [[nodiscard]] Result<crypto::SealPublicKey> public_key(OrganisationId organisation) override {
    if (is_away) return away();
    return behind_.public_key(organisation);
  }
  [[nodiscard]] Result<crypto::SecretBytes> unwrap(OrganisationId organisation,
                                                   DataClass data_class,
                                                   ByteView sealed_key) override {
    if (is_away) return away();
    return behind_.unwrap(organisation, data_class, sealed_key);
  }
  [[nodiscard]] Result<crypto::SecretBytes> organisation_share(
      OrganisationId organisation) override {
    if (is_away) return away();
    return behind_.organisation_share(organisation);
  }
  [[nodiscard]] Result<crypto::SecretBytes> person_share(OrganisationId organisation,
                                                         UserId person) override {
    if (is_away) return away();
    return behind_.person_share(organisation, person);
  }

  bool is_away = false;

 private:
  [[nodiscard]] static Unexpected<Error> away() {
    return fail(Errc::unavailable, "the vault does not answer");
  }

  UnwrapService& behind_;
};

}  // namespace fastness::keys::testing
