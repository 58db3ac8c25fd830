#pragma once

#include <map>

#include "base/clock.h"
#include "base/result.h"
#include "vault_ipc/client.h"

namespace fastness::identity {

class IdentityStore;

// The signed lists of revoked certificates, one for each generation, for third parties. A list is
// signed when somebody asks for it and something has changed, or the last one is a day old: whoever
// asks again and again makes no work for the vault. Lives on the control thread.
class RevocationLists {
 public:
  // All must outlive the object.
  RevocationLists(vault_ipc::Client& vault, IdentityStore& store, const Clock& clock)
      : vault_(vault), store_(store), clock_(clock) {}

  // See vault_ipc::SignRevocationList for what fails, and `exhausted` beyond its kMaxRevoked.
  [[nodiscard]] Result<vault_ipc::RevocationList> of(vault_ipc::GenerationId generation);

  // Call after whatever changes what they say.
  void outdate() { signed_.clear(); }

 private:
  struct Signed {
    vault_ipc::RevocationList list;
    Timestamp at{};
  };

  vault_ipc::Client& vault_;
  IdentityStore& store_;
  const Clock& clock_;
  std::map<vault_ipc::GenerationId, Signed> signed_;
};

}  // namespace fastness::identity
