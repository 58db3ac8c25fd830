#include "vault_ipc/client.h"

#include "vault_ipc/status.h"

namespace fastness::vault_ipc {
namespace {

// Messages may hold keys, so they are wiped however the function ends.
class WipedBytes {
 public:
  explicit WipedBytes(Bytes bytes) : bytes_(std::move(bytes)) {}
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;
  ~WipedBytes() { crypto::secure_zero(bytes_); }
  [[nodiscard]] ByteView view() const { return bytes_; }

 private:
  Bytes bytes_;
};

Unexpected<Error> error_in(std::uint8_t status, ByteView text) {
  const auto code = code_of(status);
  if (!code) return fail(Errc::corrupted, "the vault answered with an unknown status");
  return fail(*code, std::string(as_text(text)));
}

}  // namespace

Result<Bytes> Client::exchange(ByteView message) {
  const std::lock_guard lock(mutex_);
  FASTNESS_RETURN_IF_ERROR(channel_->send(message));
  return channel_->receive();
}

template <typename Request>
Result<typename Request::Reply> Client::call(const Request& request) {
  Bytes encoded;
  ByteWriter out(encoded);
  out.u16(static_cast<std::uint16_t>(Request::kKind));
  request.encode(out);
  const WipedBytes message(std::move(encoded));
  FASTNESS_ASSIGN_OR_RETURN(Bytes answer, exchange(message.view()));
  const WipedBytes wiped(std::move(answer));
  ByteReader in(wiped.view());
  const std::uint8_t status = in.u8();
  if (!in.ok()) return fail(Errc::corrupted, "the vault answered with nothing");
  if (status != kSucceeded) return error_in(status, in.rest());
  FASTNESS_ASSIGN_OR_RETURN(typename Request::Reply reply, Request::Reply::decode(in));
  FASTNESS_RETURN_IF_ERROR(in.finish("a vault answer"));
  return reply;
}

Result<StartKeys> Client::take_start_keys() {
  return call(TakeStartKeys{});
}

Result<crypto::Digest> Client::pepper(const crypto::Digest& password_hash) {
  FASTNESS_ASSIGN_OR_RETURN(const auto reply, call(PepperPassword{password_hash}));
  return reply.hash;
}

Result<crypto::SealPublicKey> Client::make_organisation_key(OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(const auto reply, call(MakeOrganisationKey{organisation}));
  return reply.public_key;
}

Result<crypto::SecretBytes> Client::unwrap(OrganisationId organisation, std::uint8_t data_class,
                                           ByteView sealed) {
  FASTNESS_ASSIGN_OR_RETURN(auto reply,
                            call(UnwrapContentKey{organisation, data_class, to_bytes(sealed)}));
  return std::move(reply.key);
}

Result<crypto::SecretBytes> Client::share(const ShareOwner& owner) {
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(ReadShare{owner}));
  return std::move(reply.key);
}

Result<void> Client::destroy_share(const ShareOwner& owner) {
  FASTNESS_RETURN_IF_ERROR(call(DestroyShare{owner}));
  return {};
}

Result<Bytes> Client::wrap_segment_key(const crypto::SecretBytes& key) {
  WrapSegmentKey request;
  request.key = crypto::SecretBytes(key.size());
  std::copy(key.reveal().begin(), key.reveal().end(), request.key.reveal().begin());
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(request));
  return std::move(reply.wrapped);
}

Result<crypto::SecretBytes> Client::unwrap_segment_key(ByteView wrapped) {
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(UnwrapSegmentKey{to_bytes(wrapped)}));
  return std::move(reply.key);
}

Result<IssuedDeviceCertificate> Client::issue_device_certificate(
    const IssueDeviceCertificate& request) {
  return call(request);
}

Result<LedgerPage> Client::read_ledger(std::uint64_t first) {
  return call(ReadLedger{first});
}

Result<std::string> Client::sign_ledger_checkpoint() {
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(SignLedgerCheckpoint{}));
  return std::move(reply.text);
}

Result<std::vector<Generation>> Client::generations() {
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(ListGenerations{}));
  return std::move(reply.generations);
}

Result<std::vector<Generation>> Client::change_generation(const ChangeGeneration& request) {
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(request));
  return std::move(reply.generations);
}

Result<IssuedServerCertificate> Client::issue_server_certificate(std::vector<std::string> names,
                                                                 Bytes spki) {
  if (names.size() > IssueServerCertificate::kMaxNames) {
    return fail(Errc::invalid_argument,
                "a certificate has at most 32 names; set fewer server.names");
  }
  return call(IssueServerCertificate{std::move(names), std::move(spki)});
}

Result<ServerAnchors> Client::server_anchors() {
  return call(ReadServerAnchors{});
}

Result<std::string> Client::sign_audit_checkpoint(std::uint64_t size, const crypto::Digest& root) {
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(SignAuditCheckpoint{size, root}));
  return std::move(reply.text);
}

}  // namespace fastness::vault_ipc
