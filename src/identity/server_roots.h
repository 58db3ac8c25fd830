#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "roots/ceremony.h"
#include "vault_ipc/client.h"

namespace fastness::identity {

// The roots that vouch for this server, as everybody may know them, and how they change: the vault
// asks a root that lies elsewhere, and takes its answer. What is asked and answered is public, and
// the request never comes by here: see vault_ipc::PrepareRoots. Lives on the control thread.
class ServerRoots {
 public:
  // `vault` must outlive it.
  [[nodiscard]] static Result<ServerRoots> open(vault_ipc::Client& vault);

  [[nodiscard]] const vault_ipc::ServerAnchors& anchors() const { return anchors_; }

  // The same as a device keeps it. `invalid_argument` if the vault's are no roots.
  [[nodiscard]] Result<roots::RootSet> set() const {
    return roots::RootSet::make(anchors_.number, anchors_.active, anchors_.standby);
  }

  // Errors as vault_ipc::PrepareRoots and vault_ipc::AcceptRoots.
  [[nodiscard]] Result<void> prepare(roots::Purpose purpose);
  // From then on the vault signs with another authority, and after a switch `anchors` are others.
  [[nodiscard]] Result<void> accept(const std::string& untrusted_answer);

  // What shall happen after each change, with `anchors` as they are then.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

 private:
  ServerRoots(vault_ipc::Client& vault, vault_ipc::ServerAnchors anchors)
      : vault_(&vault), anchors_(std::move(anchors)) {}

  vault_ipc::Client* vault_;  // a pointer, so that the object can be moved
  vault_ipc::ServerAnchors anchors_;
  std::function<void()> changed_;
};

}  // namespace fastness::identity
