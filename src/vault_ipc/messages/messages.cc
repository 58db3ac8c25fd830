#include "vault_ipc/messages/messages.h"

#include <algorithm>

namespace fastness::vault_ipc {
namespace {

constexpr std::string_view kContinuityLabel = "fastness device key continuity v1\n";

// Reading: each returns what the bytes say, and whether they said it is asked once, at the end of
// the message, by the one who decodes it. Lists and options are checked here because a count from
// the wire must never size anything.

void put(ByteWriter& out, const crypto::SecretBytes& secret) {
  out.sized(secret.reveal());
}
void put(ByteWriter& out, const Uuid& id) {
  out.raw(id.bytes());
}
void put(ByteWriter& out, Timestamp time) {
  out.i64(time.time_since_epoch().count());
}

template <typename T>
void put_optional(ByteWriter& out, const std::optional<T>& value) {
  out.u8(value ? 1 : 0);
  if (value) put(out, *value);
}

crypto::SecretBytes get_secret(ByteReader& in) {
  const ByteView bytes = in.sized();
  crypto::SecretBytes secret(bytes.size());
  std::ranges::copy(bytes, secret.reveal().begin());
  return secret;
}

Uuid get_uuid(ByteReader& in) {
  Uuid::Bytes bytes{};
  in.copy_to(bytes);
  return Uuid(bytes);
}

Timestamp get_time(ByteReader& in) {
  return Timestamp(std::chrono::microseconds(in.i64()));
}

Bytes get_bytes(ByteReader& in) {
  return to_bytes(in.sized());
}

Unexpected<Error> malformed() {
  return fail(Errc::corrupted, "a vault message is malformed");
}

template <typename T>
Result<T> checked(const ByteReader& in, T value) {
  if (!in.ok()) return malformed();
  return value;
}

Result<std::optional<Timestamp>> get_optional_time(ByteReader& in) {
  const std::uint8_t present = in.u8();
  if (present > 1) return malformed();
  std::optional<Timestamp> time;
  if (present == 1) time = get_time(in);
  return checked(in, time);
}

bool is_state(GenerationState state) {
  return state >= GenerationState::staged && state <= GenerationState::destroyed;
}

bool is_reason(crypto::RevocationReason reason) {
  return reason == crypto::RevocationReason::unspecified ||
         reason == crypto::RevocationReason::certificate_hold;
}

bool is_profile(Profile profile) {
  return profile == Profile::standard || profile == Profile::board;
}

void put_owner(ByteWriter& out, const ShareOwner& owner) {
  put(out, owner.organisation.value());
  out.u8(owner.person ? 1 : 0);
  if (owner.person) put(out, owner.person->value());
}

Result<ShareOwner> get_owner(ByteReader& in) {
  ShareOwner owner{OrganisationId(get_uuid(in)), std::nullopt};
  const std::uint8_t present = in.u8();
  if (present > 1) return malformed();
  if (present == 1) owner.person = UserId(get_uuid(in));
  return checked(in, owner);
}

enum class ProofKind : std::uint8_t { none = 0, old_key = 1 };

void put_proof(ByteWriter& out, const ContinuityProof& proof) {
  out.u8(static_cast<std::uint8_t>(proof ? ProofKind::old_key : ProofKind::none));
  if (!proof) return;
  out.raw(proof->old_key);
  out.raw(proof->signature.r);
  out.raw(proof->signature.s);
}

Result<ContinuityProof> get_proof(ByteReader& in) {
  const auto kind = static_cast<ProofKind>(in.u8());
  if (kind == ProofKind::none) return checked(in, ContinuityProof());
  if (kind != ProofKind::old_key) return malformed();
  OldKeySignature proof;
  in.copy_to(proof.old_key);
  in.copy_to(proof.signature.r);
  in.copy_to(proof.signature.s);
  return checked(in, ContinuityProof(proof));
}

}  // namespace

std::string_view to_text(GenerationState state) {
  constexpr std::array<std::string_view, 7> kNames{"",         "staged",     "trusted",  "issuing",
                                                   "retiring", "distrusted", "destroyed"};
  return is_state(state) ? kNames.at(static_cast<std::size_t>(state)) : "unknown";
}

Bytes continuity_statement(DeviceId device, const crypto::Digest& new_key) {
  Bytes statement = to_bytes(as_bytes(kContinuityLabel));
  ByteWriter out(statement);
  out.raw(device.value().bytes());
  out.raw(new_key);
  return statement;
}

void Done::encode(ByteWriter& /*out*/) const {}
Result<Done> Done::decode(ByteReader& in) {
  return checked(in, Done{});
}

void StartKeys::encode(ByteWriter& out) const {
  put(out, instance);
  for (const auto* key : {&database, &config, &api_key, &session, &device_secret, &setup_link,
                          &blind_index, &csrf, &token, &previous_token}) {
    put(out, *key);
  }
  out.u32(token_epoch);
  out.sized(ledger_origin);
  out.raw(ledger_key);
  out.sized(audit_origin);
  out.raw(audit_key);
}

Result<StartKeys> StartKeys::decode(ByteReader& in) {
  StartKeys keys;
  keys.instance = get_uuid(in);
  for (auto* key :
       {&keys.database, &keys.config, &keys.api_key, &keys.session, &keys.device_secret,
        &keys.setup_link, &keys.blind_index, &keys.csrf, &keys.token, &keys.previous_token}) {
    *key = get_secret(in);
  }
  keys.token_epoch = in.u32();
  keys.ledger_origin = in.sized_text();
  in.copy_to(keys.ledger_key);
  keys.audit_origin = in.sized_text();
  in.copy_to(keys.audit_key);
  return checked(in, std::move(keys));
}

void TakeStartKeys::encode(ByteWriter& /*out*/) const {}
Result<TakeStartKeys> TakeStartKeys::decode(ByteReader& in) {
  return checked(in, TakeStartKeys{});
}

void PepperedPassword::encode(ByteWriter& out) const {
  out.raw(hash);
}
Result<PepperedPassword> PepperedPassword::decode(ByteReader& in) {
  PepperedPassword message;
  in.copy_to(message.hash);
  return checked(in, message);
}

void PepperPassword::encode(ByteWriter& out) const {
  out.raw(hash);
}
Result<PepperPassword> PepperPassword::decode(ByteReader& in) {
  PepperPassword message;
  in.copy_to(message.hash);
  return checked(in, message);
}

void OrganisationKey::encode(ByteWriter& out) const {
  out.raw(public_key);
}
Result<OrganisationKey> OrganisationKey::decode(ByteReader& in) {
  OrganisationKey message;
  in.copy_to(message.public_key);
  return checked(in, message);
}

void MakeOrganisationKey::encode(ByteWriter& out) const {
  put(out, organisation.value());
}
Result<MakeOrganisationKey> MakeOrganisationKey::decode(ByteReader& in) {
  return checked(in, MakeOrganisationKey{OrganisationId(get_uuid(in))});
}

void UnwrappedKey::encode(ByteWriter& out) const {
  put(out, key);
}
Result<UnwrappedKey> UnwrappedKey::decode(ByteReader& in) {
  UnwrappedKey message;
  message.key = get_secret(in);
  return checked(in, std::move(message));
}

void UnwrapContentKey::encode(ByteWriter& out) const {
  put(out, organisation.value());
  out.u8(data_class);
  out.sized(sealed);
}
Result<UnwrapContentKey> UnwrapContentKey::decode(ByteReader& in) {
  UnwrapContentKey message;
  message.organisation = OrganisationId(get_uuid(in));
  message.data_class = in.u8();
  message.sealed = get_bytes(in);
  return checked(in, std::move(message));
}

void ReadShare::encode(ByteWriter& out) const {
  put_owner(out, owner);
}
Result<ReadShare> ReadShare::decode(ByteReader& in) {
  FASTNESS_ASSIGN_OR_RETURN(const ShareOwner owner, get_owner(in));
  return ReadShare{owner};
}

void DestroyShare::encode(ByteWriter& out) const {
  put_owner(out, owner);
}
Result<DestroyShare> DestroyShare::decode(ByteReader& in) {
  FASTNESS_ASSIGN_OR_RETURN(const ShareOwner owner, get_owner(in));
  return DestroyShare{owner};
}

void WrappedKey::encode(ByteWriter& out) const {
  out.sized(wrapped);
}
Result<WrappedKey> WrappedKey::decode(ByteReader& in) {
  return checked(in, WrappedKey{get_bytes(in)});
}

void WrapSegmentKey::encode(ByteWriter& out) const {
  put(out, key);
}
Result<WrapSegmentKey> WrapSegmentKey::decode(ByteReader& in) {
  WrapSegmentKey message;
  message.key = get_secret(in);
  return checked(in, std::move(message));
}

void UnwrapSegmentKey::encode(ByteWriter& out) const {
  out.sized(wrapped);
}
Result<UnwrapSegmentKey> UnwrapSegmentKey::decode(ByteReader& in) {
  return checked(in, UnwrapSegmentKey{get_bytes(in)});
}

void IssuedDeviceCertificate::encode(ByteWriter& out) const {
  out.sized(certificate);
  out.raw(entry.encode());
  out.sized(checkpoint);
}
Result<IssuedDeviceCertificate> IssuedDeviceCertificate::decode(ByteReader& in) {
  IssuedDeviceCertificate message;
  message.certificate = get_bytes(in);
  FASTNESS_ASSIGN_OR_RETURN(message.entry, LedgerEntry::decode(in.raw(LedgerEntry::kEncodedSize)));
  message.checkpoint = in.sized_text();
  return checked(in, std::move(message));
}

void IssueDeviceCertificate::encode(ByteWriter& out) const {
  put(out, device.value());
  out.u8(static_cast<std::uint8_t>(profile));
  out.sized(request);
  put_proof(out, proof);
}
Result<IssueDeviceCertificate> IssueDeviceCertificate::decode(ByteReader& in) {
  IssueDeviceCertificate message;
  message.device = DeviceId(get_uuid(in));
  message.profile = static_cast<Profile>(in.u8());
  message.request = get_bytes(in);
  FASTNESS_ASSIGN_OR_RETURN(message.proof, get_proof(in));
  if (!is_profile(message.profile)) return malformed();
  return checked(in, std::move(message));
}

void TakeBackKeyChange::encode(ByteWriter& out) const {
  put(out, device.value());
  out.u8(static_cast<std::uint8_t>(profile));
  out.raw(old_key);
}
Result<TakeBackKeyChange> TakeBackKeyChange::decode(ByteReader& in) {
  TakeBackKeyChange message;
  message.device = DeviceId(get_uuid(in));
  message.profile = static_cast<Profile>(in.u8());
  in.copy_to(message.old_key);
  if (!is_profile(message.profile)) return malformed();
  return checked(in, message);
}

void LedgerPage::encode(ByteWriter& out) const {
  out.u64(size);
  out.u32(static_cast<std::uint32_t>(entries.size()));
  for (const LedgerEntry& entry : entries) out.raw(entry.encode());
}
Result<LedgerPage> LedgerPage::decode(ByteReader& in) {
  LedgerPage page;
  page.size = in.u64();
  const std::uint32_t count = in.u32();
  if (count > ReadLedger::kMaxEntries) return malformed();
  for (std::uint32_t i = 0; i < count; ++i) {
    FASTNESS_ASSIGN_OR_RETURN(const LedgerEntry entry,
                              LedgerEntry::decode(in.raw(LedgerEntry::kEncodedSize)));
    page.entries.push_back(entry);
  }
  return checked(in, std::move(page));
}

void ReadLedger::encode(ByteWriter& out) const {
  out.u64(first);
}
Result<ReadLedger> ReadLedger::decode(ByteReader& in) {
  return checked(in, ReadLedger{in.u64()});
}

void SignedCheckpoint::encode(ByteWriter& out) const {
  out.sized(text);
}
Result<SignedCheckpoint> SignedCheckpoint::decode(ByteReader& in) {
  return checked(in, SignedCheckpoint{in.sized_text()});
}

void SignLedgerCheckpoint::encode(ByteWriter& out) const {
  out.u64(size);
  out.raw(root);
}
Result<SignLedgerCheckpoint> SignLedgerCheckpoint::decode(ByteReader& in) {
  SignLedgerCheckpoint message;
  message.size = in.u64();
  in.copy_to(message.root);
  return checked(in, message);
}

void Generation::encode(ByteWriter& out) const {
  out.u32(id.value());
  out.raw(key);
  out.sized(certificate);
  out.u8(static_cast<std::uint8_t>(state));
  put(out, created_at);
  put(out, signs_until);
  put_optional(out, distrusted_at);
  put_optional(out, board_cut_off);
  out.sized(new_with_old);
  out.sized(old_with_new);
}
Result<Generation> Generation::decode(ByteReader& in) {
  Generation generation;
  generation.id = GenerationId(in.u32());
  in.copy_to(generation.key);
  generation.certificate = get_bytes(in);
  generation.state = static_cast<GenerationState>(in.u8());
  generation.created_at = get_time(in);
  generation.signs_until = get_time(in);
  FASTNESS_ASSIGN_OR_RETURN(generation.distrusted_at, get_optional_time(in));
  FASTNESS_ASSIGN_OR_RETURN(generation.board_cut_off, get_optional_time(in));
  generation.new_with_old = get_bytes(in);
  generation.old_with_new = get_bytes(in);
  if (!is_state(generation.state)) return malformed();
  return checked(in, std::move(generation));
}

void Generations::encode(ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(generations.size()));
  for (const Generation& generation : generations) generation.encode(out);
}
Result<Generations> Generations::decode(ByteReader& in) {
  Generations list;
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count; ++i) {
    FASTNESS_ASSIGN_OR_RETURN(Generation generation, Generation::decode(in));
    list.generations.push_back(std::move(generation));
  }
  return checked(in, std::move(list));
}

void ListGenerations::encode(ByteWriter& /*out*/) const {}
Result<ListGenerations> ListGenerations::decode(ByteReader& in) {
  return checked(in, ListGenerations{});
}

void ChangeGeneration::encode(ByteWriter& out) const {
  out.u32(id ? id->value() : 0);  // no generation has number 0
  out.u8(static_cast<std::uint8_t>(state));
  put_optional(out, board_cut_off);
}
Result<ChangeGeneration> ChangeGeneration::decode(ByteReader& in) {
  ChangeGeneration message;
  const std::uint32_t id = in.u32();
  if (id != 0) message.id = GenerationId(id);
  message.state = static_cast<GenerationState>(in.u8());
  FASTNESS_ASSIGN_OR_RETURN(message.board_cut_off, get_optional_time(in));
  if (!is_state(message.state)) return malformed();
  return checked(in, message);
}

void RevocationList::encode(ByteWriter& out) const {
  out.sized(list);
  put(out, next_update);
}
Result<RevocationList> RevocationList::decode(ByteReader& in) {
  RevocationList message;
  message.list = get_bytes(in);
  message.next_update = get_time(in);
  return checked(in, std::move(message));
}

void SignRevocationList::encode(ByteWriter& out) const {
  out.u32(generation.value());
  out.u32(static_cast<std::uint32_t>(revoked.size()));
  for (const crypto::RevokedSerial& each : revoked) {
    out.sized(each.serial);
    put(out, each.revoked_at);
    out.u8(static_cast<std::uint8_t>(each.reason));
  }
}
Result<SignRevocationList> SignRevocationList::decode(ByteReader& in) {
  SignRevocationList message;
  message.generation = GenerationId(in.u32());
  const std::uint32_t count = in.u32();
  if (count > kMaxRevoked) return malformed();
  for (std::uint32_t i = 0; i < count; ++i) {
    crypto::RevokedSerial each;
    each.serial = get_bytes(in);
    each.revoked_at = get_time(in);
    each.reason = static_cast<crypto::RevocationReason>(in.u8());
    if (!in.ok() || !is_reason(each.reason)) return malformed();
    message.revoked.push_back(std::move(each));
  }
  return checked(in, std::move(message));
}

void IssuedServerCertificate::encode(ByteWriter& out) const {
  out.u8(static_cast<std::uint8_t>(chain.size()));
  for (const Bytes& certificate : chain) out.sized(certificate);
  put(out, not_after);
  put(out, renew_at);
}
Result<IssuedServerCertificate> IssuedServerCertificate::decode(ByteReader& in) {
  IssuedServerCertificate message;
  const std::uint8_t count = in.u8();
  for (std::uint8_t i = 0; i < count; ++i) message.chain.push_back(get_bytes(in));
  message.not_after = get_time(in);
  message.renew_at = get_time(in);
  return checked(in, std::move(message));
}

void IssueServerCertificate::encode(ByteWriter& out) const {
  out.u8(static_cast<std::uint8_t>(names.size()));
  for (const std::string& name : names) out.sized(name);
  out.sized(spki);
}
Result<IssueServerCertificate> IssueServerCertificate::decode(ByteReader& in) {
  IssueServerCertificate message;
  const std::uint8_t count = in.u8();
  if (count > kMaxNames) return malformed();
  for (std::uint8_t i = 0; i < count; ++i) message.names.push_back(in.sized_text());
  message.spki = get_bytes(in);
  return checked(in, std::move(message));
}

void SignAuditCheckpoint::encode(ByteWriter& out) const {
  out.u64(size);
  out.raw(root);
}
Result<SignAuditCheckpoint> SignAuditCheckpoint::decode(ByteReader& in) {
  SignAuditCheckpoint message;
  message.size = in.u64();
  in.copy_to(message.root);
  return checked(in, message);
}

}  // namespace fastness::vault_ipc
