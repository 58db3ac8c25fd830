#include "vault_ipc/server.h"

#include "base/fixed_limits.h"
#include "vault_ipc/status.h"

namespace fastness::vault_ipc {
namespace {

constexpr std::size_t kMaxViolations = fixed_limit("vault.violations");
constexpr std::chrono::minutes kViolationWindow{1};

Bytes encode_error(const Error& error) {
  Bytes message;
  ByteWriter out(message);
  out.u8(status_of(error.code));
  out.raw(as_bytes(error.message));
  return message;
}

// Decodes the request, lets the service answer it, encodes the answer. Nothing if the request is
// malformed.
template <typename Request>
std::optional<Bytes> run(Service& service, ByteReader& in) {
  auto request = Request::decode(in);
  if (!request || !in.finish("a request")) return std::nullopt;
  auto reply = service.answer(*request);
  if (!reply) return encode_error(reply.error());
  Bytes message;
  ByteWriter out(message);
  out.u8(kSucceeded);
  reply->encode(out);
  return message;
}

std::optional<Bytes> dispatch(Service& service, Kind kind, ByteReader& in) {
  switch (kind) {
    case Kind::take_start_keys:
      return run<TakeStartKeys>(service, in);
    case Kind::pepper_password:
      return run<PepperPassword>(service, in);
    case Kind::make_organisation_key:
      return run<MakeOrganisationKey>(service, in);
    case Kind::unwrap_content_key:
      return run<UnwrapContentKey>(service, in);
    case Kind::read_share:
      return run<ReadShare>(service, in);
    case Kind::destroy_share:
      return run<DestroyShare>(service, in);
    case Kind::wrap_segment_key:
      return run<WrapSegmentKey>(service, in);
    case Kind::unwrap_segment_key:
      return run<UnwrapSegmentKey>(service, in);
    case Kind::issue_device_certificate:
      return run<IssueDeviceCertificate>(service, in);
    case Kind::take_back_key_change:
      return run<TakeBackKeyChange>(service, in);
    case Kind::read_ledger:
      return run<ReadLedger>(service, in);
    case Kind::sign_ledger_checkpoint:
      return run<SignLedgerCheckpoint>(service, in);
    case Kind::list_generations:
      return run<ListGenerations>(service, in);
    case Kind::change_generation:
      return run<ChangeGeneration>(service, in);
    case Kind::sign_revocation_list:
      return run<SignRevocationList>(service, in);
    case Kind::sign_certificate_status:
      return run<SignCertificateStatus>(service, in);
    case Kind::issue_server_certificate:
      return run<IssueServerCertificate>(service, in);
    case Kind::read_server_anchors:
      return run<ReadServerAnchors>(service, in);
    case Kind::sign_audit_checkpoint:
      return run<SignAuditCheckpoint>(service, in);
    case Kind::read_custody:
      return run<ReadCustody>(service, in);
    case Kind::prepare_roots:
      return run<PrepareRoots>(service, in);
    case Kind::accept_roots:
      return run<AcceptRoots>(service, in);
    case Kind::begin_backup:
      return run<BeginBackup>(service, in);
    case Kind::read_backup_head:
      return run<ReadBackupHead>(service, in);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Bytes> answer_message(Service& service, Permissions& permissions,
                                    ByteView untrusted_message, std::string_view& violation) {
  ByteReader in(untrusted_message);
  const auto kind = static_cast<Kind>(in.u16());
  if (!in.ok() || !permissions.admit(kind)) {
    violation = "a request that is not permitted in this phase";
    return std::nullopt;
  }
  auto answer = dispatch(service, kind, in);
  if (!answer) {
    violation = "a malformed request";
  } else if (answer->front() == status_of(Errc::permission_denied) && is_denial_a_violation(kind)) {
    violation = "a ledger that is not the vault's own";
  }
  return answer;
}

Server::End Server::serve(Channel& channel) {
  Permissions permissions;
  while (true) {
    auto message = channel.receive();
    if (!message) {
      return message.error().code == Errc::corrupted ? violated("a message that is not one")
                                                     : End::peer_closed;
    }
    std::string_view violation;
    Bytes request = std::move(message).value();
    auto answer = answer_message(service_, permissions, request, violation);
    crypto::secure_zero(request);
    if (!answer) return violated(violation);
    const auto sent = channel.send(*answer);
    crypto::secure_zero(*answer);
    // The hub hears why, for its log; then it is over as after any other violation.
    if (!violation.empty()) return violated(violation);
    if (!sent) return End::peer_closed;
  }
}

Server::End Server::violated(std::string_view what) {
  on_violation_(what);
  const SteadyTime now = clock_.steady();
  violations_.push_back(now);
  while (now - violations_.front() > kViolationWindow) violations_.pop_front();
  return violations_.size() >= kMaxViolations ? End::too_many : End::violation;
}

}  // namespace fastness::vault_ipc
