#include "identity/server_roots.h"

namespace fastness::identity {

Result<ServerRoots> ServerRoots::open(vault_ipc::Client& vault) {
  FASTNESS_ASSIGN_OR_RETURN(vault_ipc::ServerAnchors anchors, vault.server_anchors());
  return ServerRoots(vault, std::move(anchors));
}

Result<void> ServerRoots::prepare(roots::Purpose purpose) {
  return vault_->prepare_roots(purpose);
}

Result<void> ServerRoots::accept(const std::string& untrusted_answer) {
  FASTNESS_ASSIGN_OR_RETURN(anchors_, vault_->accept_roots(untrusted_answer));
  if (changed_) changed_();
  return {};
}

}  // namespace fastness::identity
