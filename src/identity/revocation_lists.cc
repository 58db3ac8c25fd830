#include "identity/revocation_lists.h"

#include <utility>

#include "identity/identity_store.h"

namespace fastness::identity {

Result<vault_ipc::RevocationList> RevocationLists::of(vault_ipc::GenerationId generation) {
  constexpr std::chrono::hours kFresh{24};
  const Timestamp now = clock_.now();
  const auto known = signed_.find(generation);
  if (known != signed_.end() && now >= known->second.at && now < known->second.at + kFresh) {
    return known->second.list;
  }
  FASTNESS_ASSIGN_OR_RETURN(auto revoked, store_.revoked(generation, now));
  FASTNESS_ASSIGN_OR_RETURN(auto list, vault_.sign_revocation_list(generation, std::move(revoked)));
  signed_.insert_or_assign(generation, Signed{list, now});
  return list;
}

}  // namespace fastness::identity
