#pragma once

#include <memory>
#include <mutex>

#include "base/result.h"
#include "vault_ipc/channel.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault_ipc {

// The hub's end: asks the vault and waits for its answer. Thread-safe; one request is under way at
// a time, so never call it from a gateway loop. Every call fails with `unavailable` once the vault
// is gone, and with what messages.h says of the request.
class Client {
 public:
  explicit Client(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}

  [[nodiscard]] Result<StartKeys> take_start_keys();
  [[nodiscard]] Result<crypto::Digest> pepper(const crypto::Digest& password_hash);

  [[nodiscard]] Result<crypto::SealPublicKey> make_organisation_key(OrganisationId organisation);
  [[nodiscard]] Result<crypto::SecretBytes> unwrap(OrganisationId organisation,
                                                   std::uint8_t data_class, ByteView sealed);
  // The share of the organisation, or of one person in it.
  [[nodiscard]] Result<crypto::SecretBytes> share(const ShareOwner& owner);
  [[nodiscard]] Result<void> destroy_share(const ShareOwner& owner);
  [[nodiscard]] Result<Bytes> wrap_segment_key(const crypto::SecretBytes& key);
  [[nodiscard]] Result<crypto::SecretBytes> unwrap_segment_key(ByteView wrapped);

  [[nodiscard]] Result<IssuedDeviceCertificate> issue_device_certificate(
      const IssueDeviceCertificate& request);
  [[nodiscard]] Result<LedgerPage> read_ledger(std::uint64_t first);
  [[nodiscard]] Result<std::string> sign_ledger_checkpoint();
  [[nodiscard]] Result<std::vector<Generation>> generations();
  [[nodiscard]] Result<std::vector<Generation>> change_generation(const ChangeGeneration& request);

  [[nodiscard]] Result<IssuedServerCertificate> issue_server_certificate(
      std::vector<std::string> names, Bytes spki);
  [[nodiscard]] Result<ServerAnchors> server_anchors();
  [[nodiscard]] Result<std::string> sign_audit_checkpoint(std::uint64_t size,
                                                          const crypto::Digest& root);

 private:
  template <typename Request>
  Result<typename Request::Reply> call(const Request& request);
  [[nodiscard]] Result<Bytes> exchange(ByteView message);

  std::mutex mutex_;
  std::unique_ptr<Channel> channel_;
};

}  // namespace fastness::vault_ipc
