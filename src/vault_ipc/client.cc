#include "vault_ipc/client.h"

#include <algorithm>

#include "vault_ipc/messages/permitted.h"
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

template <typename Request>
Bytes encode_request(const Request& request) {
  Bytes encoded;
  ByteWriter out(encoded);
  out.u16(static_cast<std::uint16_t>(Request::kKind));
  request.encode(out);
  return encoded;
}

template <typename Request>
Result<typename Request::Reply> decode_answer(ByteView answer) {
  ByteReader in(answer);
  const std::uint8_t status = in.u8();
  if (!in.ok()) return fail(Errc::corrupted, "the vault answered with nothing");
  if (status != kSucceeded) return error_in(status, in.rest());
  FASTNESS_ASSIGN_OR_RETURN(typename Request::Reply reply, Request::Reply::decode(in));
  FASTNESS_RETURN_IF_ERROR(in.finish("a vault answer"));
  return reply;
}

Unexpected<Error> another_vault() {
  return fail(Errc::corrupted,
              "another vault came in the place of the one that this hub started with");
}

}  // namespace

// --- the connection -----------------------------------------------------------------------------

void Client::on_event(std::function<void(Event)> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void Client::tell(Event event) const {
  if (listener_) listener_(event);
}

void Client::lose() {
  channel_.reset();
  waits_until_ = clock_.steady() + patience_;
  tell(Event::lost);
}

std::chrono::milliseconds Client::time_left() const {
  const auto left = waits_until_.value_or(SteadyTime{}) - clock_.steady();
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(0));
}

Result<void> Client::connect() {
  if (channel_) return {};
  if (is_another_) return another_vault();
  if (known_) return connect_again();
  if (waits_until_) return fail(Errc::unavailable, "the vault ended before it gave its keys");
  FASTNESS_ASSIGN_OR_RETURN(channel_, connections_->next(std::chrono::milliseconds::max()));
  return {};
}

// A vault that dies at once leaves a connection that is over, so each that comes is tried. One that
// is slow to open is kept: it gives its keys once, so another connection would not help.
Result<void> Client::connect_again() {
  while (true) {
    if (!arriving_) {
      FASTNESS_RETURN_IF_ERROR(greet_next());
      continue;
    }
    if (!arriving_->is_readable_within(time_left())) {
      return fail(Errc::unavailable, "the vault was started again and does not answer yet");
    }
    auto answer = arriving_->receive();
    std::unique_ptr<Channel> channel = std::move(arriving_);
    if (!answer) continue;
    const WipedBytes wiped(std::move(answer).value());
    if (const auto keys = decode_answer<TakeStartKeys>(wiped.view())) {
      return recognise(std::move(channel), *keys);
    }
  }
}

Result<void> Client::greet_next() {
  FASTNESS_ASSIGN_OR_RETURN(arriving_, connections_->next(time_left()));
  if (!arriving_->send(encode_request(TakeStartKeys{}))) arriving_.reset();
  return {};
}

Result<void> Client::recognise(std::unique_ptr<Channel> channel, const StartKeys& keys) {
  is_another_ = !known_->is_same(keys);
  tell(is_another_ ? Event::another : Event::back);
  if (is_another_) return another_vault();
  channel_ = std::move(channel);
  return {};
}

Result<Bytes> Client::exchange(Kind kind, ByteView message) {
  const std::lock_guard lock(mutex_);
  for (bool is_second = false;; is_second = true) {
    FASTNESS_RETURN_IF_ERROR(connect());
    auto sent = channel_->send(message);
    const bool cannot_have_arrived = !sent;
    if (!sent && sent.error().code == Errc::invalid_argument) return propagate(std::move(sent));
    auto answer = sent ? channel_->receive() : Result<Bytes>(propagate(std::move(sent)));
    if (answer) return answer;
    lose();
    if (answer.error().code == Errc::corrupted || is_second || !known_) return answer;
    if (!cannot_have_arrived && !is_asked_again_after_loss(kind)) {
      return fail(Errc::unavailable, "the vault ended before it answered: it may have been done");
    }
  }
}

template <typename Request>
Result<typename Request::Reply> Client::call(const Request& request) {
  const WipedBytes message(encode_request(request));
  FASTNESS_ASSIGN_OR_RETURN(Bytes answer, exchange(Request::kKind, message.view()));
  const WipedBytes wiped(std::move(answer));
  return decode_answer<Request>(wiped.view());
}

// --- the requests -------------------------------------------------------------------------------

Result<StartKeys> Client::take_start_keys() {
  FASTNESS_ASSIGN_OR_RETURN(StartKeys keys, call(TakeStartKeys{}));
  const std::lock_guard lock(mutex_);
  known_.emplace(keys);
  return keys;
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

Result<IssuedDeviceCertificate> Client::take_back_key_change(const TakeBackKeyChange& request) {
  return call(request);
}

Result<LedgerPage> Client::read_ledger(std::uint64_t first) {
  return call(ReadLedger{first});
}

Result<std::string> Client::sign_ledger_checkpoint(std::uint64_t size, const crypto::Digest& root) {
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(SignLedgerCheckpoint{size, root}));
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

Result<RevocationList> Client::sign_revocation_list(GenerationId generation,
                                                    std::vector<crypto::RevokedSerial> revoked) {
  if (revoked.size() > SignRevocationList::kMaxRevoked) {
    return fail(Errc::exhausted, "more certificates are revoked than one list holds");
  }
  return call(SignRevocationList{generation, std::move(revoked)});
}

Result<Bytes> Client::sign_certificate_status(const SignCertificateStatus& request) {
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(request));
  return std::move(reply.answer);
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

Result<void> Client::prepare_roots(roots::Purpose purpose) {
  FASTNESS_RETURN_IF_ERROR(call(PrepareRoots{purpose}));
  return {};
}

Result<ServerAnchors> Client::accept_roots(std::string answer) {
  return call(AcceptRoots{std::move(answer)});
}

Result<std::string> Client::sign_audit_checkpoint(std::uint64_t size, const crypto::Digest& root) {
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(SignAuditCheckpoint{size, root}));
  return std::move(reply.text);
}

Result<Custody> Client::custody() {
  return call(ReadCustody{});
}

Result<BackupBegun> Client::begin_backup() {
  return call(BeginBackup{});
}

Result<Bytes> Client::read_backup_head(std::uint64_t offset) {
  FASTNESS_ASSIGN_OR_RETURN(auto reply, call(ReadBackupHead{offset}));
  return std::move(reply.bytes);
}

}  // namespace fastness::vault_ipc
