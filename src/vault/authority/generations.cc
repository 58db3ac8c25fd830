#include "vault/authority/generations.h"

#include <algorithm>

#include "crypto/x509/certificate_body.h"
#include "vault/authority/device_profile.h"

namespace fastness::vault {
namespace {

using vault_ipc::Generation;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;

constexpr char kFile[] = "generations";
constexpr std::chrono::days kSigningTime{30};
constexpr std::chrono::days kLifetime{90};  // of the certificate: thirty to sign, sixty to expire

Generation* find(std::vector<Generation>& list, GenerationId id) {
  const auto found = std::ranges::find(list, id, &Generation::id);
  return found == list.end() ? nullptr : &*found;
}

const Generation* find_issuing(const std::vector<Generation>& list) {
  const auto found = std::ranges::find(list, GenerationState::issuing, &Generation::state);
  return found == list.end() ? nullptr : &*found;
}

bool may_move(GenerationState from, GenerationState to) {
  if (to == GenerationState::distrusted) {
    return from >= GenerationState::trusted && from <= GenerationState::distrusted;
  }
  // One step at a time; retiring is where its successor puts it.
  return static_cast<int>(to) == static_cast<int>(from) + 1 && to != GenerationState::retiring;
}

}  // namespace

std::string Generations::key_label(GenerationId id) {
  return "device-authority-" + std::to_string(id.value());
}

Result<Generations> Generations::open(const SealedFiles& files, KeyStore& keys, const Clock& clock,
                                      Random& random) {
  Generations generations(files, keys, clock, random);
  const auto stored = files.read(kFile);
  if (!stored && stored.error().code == Errc::not_found) return generations;
  if (!stored) return Unexpected<Error>{stored.error()};
  ByteReader in(stored->reveal());
  FASTNESS_ASSIGN_OR_RETURN(vault_ipc::Generations list, vault_ipc::Generations::decode(in));
  FASTNESS_RETURN_IF_ERROR(in.finish("the list of generations"));
  generations.list_ = std::move(list.generations);
  return generations;
}

Result<void> Generations::save(std::vector<Generation> changed) {
  vault_ipc::Generations message{std::move(changed)};
  Bytes encoded;
  ByteWriter out(encoded);
  message.encode(out);
  FASTNESS_RETURN_IF_ERROR(files_->write(kFile, encoded));
  list_ = std::move(message.generations);
  return {};
}

Result<Bytes> Generations::self_signed(const std::string& label, const crypto::PublicKey& key,
                                       Timestamp now) const {
  Serial serial{};
  random_->fill(serial);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3fU) | 0x40U);
  crypto::CertificateBody body;
  body.serial = to_bytes(serial);
  body.issuer = device_issuer_name();
  body.subject = body.issuer;
  body.not_before = begin_of_validity(now);
  body.not_after = body.not_before + kLifetime;
  body.spki = key.to_spki();
  body.extensions = {crypto::authority_extension(0),
                     crypto::key_usage_extension(crypto::KeyUsage::signs_certificates),
                     crypto::subject_key_id_extension(key.key_id())};
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const crypto::EcdsaSignature signature, keys_->sign(label, tbs));
  return crypto::assemble_certificate(tbs, signature);
}

Result<GenerationId> Generations::stage() {
  const GenerationId id(list_.empty() ? 1 : list_.back().id.value() + 1);
  const std::string label = key_label(id);
  auto key = keys_->create_key(label);
  // A key without an entry in the list: imported for this instance, or left by a cut-off start.
  if (!key && key.error().code == Errc::already_exists) key = keys_->public_key(label);
  if (!key) return propagate(std::move(key));
  const Timestamp now = clock_->now();
  Generation generation;
  generation.id = id;
  generation.key = key->point();
  FASTNESS_ASSIGN_OR_RETURN(generation.certificate, self_signed(label, *key, now));
  generation.created_at = now;
  generation.signs_until = now + kSigningTime;
  std::vector<Generation> changed = list_;
  changed.push_back(std::move(generation));
  FASTNESS_RETURN_IF_ERROR(save(std::move(changed)));
  return id;
}

Result<void> Generations::change(GenerationId id, GenerationState state,
                                 std::optional<Timestamp> board_cut_off) {
  std::vector<Generation> changed = list_;
  Generation* generation = find(changed, id);
  if (generation == nullptr) return fail(Errc::not_found, "no such generation");
  if (!may_move(generation->state, state)) {
    return fail(Errc::permission_denied, "a generation cannot move to that state from its own");
  }
  if (state == GenerationState::issuing) {
    for (Generation& each : changed) {
      if (each.state == GenerationState::issuing) each.state = GenerationState::retiring;
    }
    generation->signs_until = clock_->now() + kSigningTime;
  }
  if (state == GenerationState::distrusted) {
    // The time of distrust stands once set: moving the boards' cut-off must not move it.
    if (!generation->distrusted_at) generation->distrusted_at = clock_->now();
    generation->board_cut_off = board_cut_off;
  }
  generation->state = state;
  // The list first: a key that a crash leaves behind is never used, but a list that names a key
  // which is gone would stop the vault.
  FASTNESS_RETURN_IF_ERROR(save(std::move(changed)));
  return state == GenerationState::destroyed ? keys_->destroy(key_label(id)) : Result<void>();
}

Result<void> Generations::roll_over() {
  // One that was prepared goes first.
  const auto ready = std::ranges::find_if(list_, [](const Generation& each) {
    return each.state == GenerationState::staged || each.state == GenerationState::trusted;
  });
  GenerationId id(0);
  if (ready != list_.end()) {
    id = ready->id;
  } else {
    FASTNESS_ASSIGN_OR_RETURN(id, stage());
  }
  if (find(list_, id)->state == GenerationState::staged) {
    FASTNESS_RETURN_IF_ERROR(change(id, GenerationState::trusted, std::nullopt));
  }
  return change(id, GenerationState::issuing, std::nullopt);
}

Result<const Generation*> Generations::issuing() {
  const Generation* current = find_issuing(list_);
  if (current == nullptr || clock_->now() >= current->signs_until) {
    FASTNESS_RETURN_IF_ERROR(roll_over());
    current = find_issuing(list_);
  }
  return current;
}

Result<crypto::EcdsaSignature> Generations::sign(GenerationId id, ByteView tbs) const {
  return keys_->sign(key_label(id), tbs);
}

}  // namespace fastness::vault
