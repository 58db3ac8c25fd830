#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "vault_ipc/channel.h"
#include "vault_ipc/known_vault.h"
#include "vault_ipc/messages/backup.h"
#include "vault_ipc/messages/certificate_status.h"
#include "vault_ipc/messages/custody.h"
#include "vault_ipc/messages/messages.h"
#include "vault_ipc/messages/server_roots.h"

namespace fastness::vault_ipc {

// The hub's end: asks the vault and waits for its answer. Thread-safe; one request is under way at
// a time, so never call it from a gateway loop. Every call may fail with what messages.h says of
// the request, and with `unavailable` and `corrupted` as follows.
//
// It outlives its vault. When a connection ends it waits for the next one, takes the start keys
// again, and makes sure by them that it is the same vault; then the request is asked again, if none
// of it can have arrived or the table says that it may be (AfterLoss). Any other fails with
// `unavailable`, and may have been carried out. So does every request if no vault comes in time:
// for how long all of them together wait is counted from the loss, so that a vault that stays away
// holds nobody up twice; whatever is asked later finds it as soon as it is back. If another vault
// comes in its place, that and every later request fails with `corrupted`.
class Client {
 public:
  static constexpr std::chrono::seconds kPatience{30};

  // What becomes of the vault.
  enum class Event {
    lost,     // the connection ended
    back,     // the same vault answers again
    another,  // another one answers: this process must end, and write nothing by its keys
  };

  // `clock` must outlive it.
  Client(std::unique_ptr<Connections> connections, const Clock& clock,
         std::chrono::milliseconds patience = kPatience)
      : connections_(std::move(connections)), clock_(clock), patience_(patience) {}

  // One listener. It is called on whichever thread asked, before its answer, and must not ask the
  // vault.
  void on_event(std::function<void(Event)> listener);

  // First of all, and once; waits for the first connection as long as it takes. Until it has
  // succeeded a connection that ends is followed by no other.
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
  [[nodiscard]] Result<IssuedDeviceCertificate> take_back_key_change(
      const TakeBackKeyChange& request);
  [[nodiscard]] Result<LedgerPage> read_ledger(std::uint64_t first);
  [[nodiscard]] Result<std::string> sign_ledger_checkpoint(std::uint64_t size,
                                                           const crypto::Digest& root);
  [[nodiscard]] Result<std::vector<Generation>> generations();
  [[nodiscard]] Result<std::vector<Generation>> change_generation(const ChangeGeneration& request);

  // `exhausted` for more than SignRevocationList::kMaxRevoked.
  [[nodiscard]] Result<RevocationList> sign_revocation_list(
      GenerationId generation, std::vector<crypto::RevokedSerial> revoked);

  // The DER of a whole answer (RFC 6960, 4.2.1).
  [[nodiscard]] Result<Bytes> sign_certificate_status(const SignCertificateStatus& request);

  [[nodiscard]] Result<IssuedServerCertificate> issue_server_certificate(
      std::vector<std::string> names, Bytes spki);
  [[nodiscard]] Result<ServerAnchors> server_anchors();
  [[nodiscard]] Result<void> prepare_roots(roots::Purpose purpose);
  [[nodiscard]] Result<ServerAnchors> accept_roots(std::string answer);
  [[nodiscard]] Result<std::string> sign_audit_checkpoint(std::uint64_t size,
                                                          const crypto::Digest& root);
  [[nodiscard]] Result<Custody> custody();
  [[nodiscard]] Result<BackupBegun> begin_backup();
  [[nodiscard]] Result<Bytes> read_backup_head(std::uint64_t offset);

 private:
  template <typename Request>
  Result<typename Request::Reply> call(const Request& request);
  [[nodiscard]] Result<Bytes> exchange(Kind kind, ByteView message);
  [[nodiscard]] Result<void> connect();
  [[nodiscard]] Result<void> connect_again();
  [[nodiscard]] Result<void> greet_next();
  [[nodiscard]] Result<void> recognise(std::unique_ptr<Channel> channel, const StartKeys& keys);
  [[nodiscard]] std::chrono::milliseconds time_left() const;
  void lose();
  void tell(Event event) const;

  const std::unique_ptr<Connections> connections_;
  const Clock& clock_;
  const std::chrono::milliseconds patience_;

  std::mutex mutex_;  // guards what follows
  std::function<void(Event)> listener_;
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Channel> arriving_;  // asked for its start keys, which have not come yet
  std::optional<KnownVault> known_;
  bool is_another_ = false;                // what came in the place of the one that was known
  std::optional<SteadyTime> waits_until_;  // for the next connection; set at each loss
};

}  // namespace fastness::vault_ipc
