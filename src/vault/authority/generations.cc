#include "vault/authority/generations.h"

#include <algorithm>

#include "crypto/x509/certificate_body.h"
#include "vault/authority/device_profile.h"
#include "vault/authority/generation_list.h"
#include "vault/authority/link_certificates.h"

namespace fastness::vault {
namespace {

using vault_ipc::Generation;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::kSigningTime;

constexpr char kGenerationsFile[] = "generations";
constexpr std::chrono::days kLifetime{90};  // of the certificate: kSigningTime, sixty to expire

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
  const auto stored = files.read(kGenerationsFile);
  if (!stored && stored.error().code == Errc::not_found) return generations;
  if (!stored) return Unexpected<Error>{stored.error()};
  FASTNESS_ASSIGN_OR_RETURN(generations.list_, decode_list(stored->reveal()));
  // What a crash kept from being destroyed, when its state already said so.
  for (const Generation& each : generations.list_) {
    if (each.state != GenerationState::destroyed) continue;
    FASTNESS_RETURN_IF_ERROR(keys.destroy(key_label(each.id)));
  }
  return generations;
}

Result<bool> Generations::are_stored(const SealedFiles& files) {
  const auto stored = files.read(kGenerationsFile);
  if (!stored && stored.error().code != Errc::not_found) return Unexpected<Error>{stored.error()};
  return static_cast<bool>(stored);
}

Result<void> Generations::restore(const SealedFiles& files, const std::vector<Generation>& list) {
  return files.write(kGenerationsFile, encode_list(list));
}

Result<void> Generations::save(std::vector<Generation> changed) {
  FASTNESS_RETURN_IF_ERROR(files_->write(kGenerationsFile, encode_list(changed)));
  list_ = std::move(changed);
  return {};
}

Result<Bytes> Generations::self_signed(const std::string& label, const crypto::PublicKey& key,
                                       Timestamp now) const {
  crypto::CertificateBody body;
  body.serial = to_bytes(random_serial(*random_));
  body.issuer = device_issuer_name();
  body.subject = body.issuer;
  body.not_before = begin_of_validity(now);
  body.not_after = body.not_before + kLifetime;
  body.spki = key.to_spki();
  body.extensions = {crypto::authority_extension(0),
                     crypto::key_usage_extension(crypto::KeyUsage::signs_certificates_and_answers),
                     crypto::subject_key_id_extension(key.key_id())};
  const Bytes tbs = body.to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const crypto::EcdsaSignature signature, keys_->sign(label, tbs));
  return crypto::assemble_certificate(tbs, signature);
}

// A certificate over the key of `subject`; empty where there can be none.
Result<Bytes> Generations::link(const Generation& subject, const Generation& signer) const {
  const auto body = link_body(subject, signer, *random_);
  if (!body) return Bytes();
  const Bytes tbs = body->to_tbs();
  FASTNESS_ASSIGN_OR_RETURN(const auto signature, keys_->sign(key_label(signer.id), tbs));
  return crypto::assemble_certificate(tbs, signature);
}

// There may be a key without an entry in the list: the first one's may have been imported, and a
// crash may have left one. Only the first is taken as it is: a later one is to be fresh, for an
// emergency supposes that every key which was on the disk until now has been stolen.
Result<crypto::PublicKey> Generations::make_key(GenerationId id) {
  const std::string label = key_label(id);
  auto key = keys_->create_key(label);
  if (key || key.error().code != Errc::already_exists) return key;
  if (list_.empty()) return keys_->public_key(label);
  FASTNESS_RETURN_IF_ERROR(keys_->destroy(label));
  return keys_->create_key(label);
}

Result<GenerationId> Generations::stage() {
  const GenerationId id(list_.empty() ? 1 : list_.back().id.value() + 1);
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PublicKey key, make_key(id));
  const Timestamp now = clock_->now();
  Generation generation;
  generation.id = id;
  generation.key = key.point();
  FASTNESS_ASSIGN_OR_RETURN(generation.certificate, self_signed(key_label(id), key, now));
  generation.created_at = now;
  generation.signs_until = now + kSigningTime;
  if (const Generation* before = find_issuing(list_)) {
    FASTNESS_ASSIGN_OR_RETURN(generation.new_with_old, link(generation, *before));
  }
  std::vector<Generation> changed = list_;
  changed.push_back(std::move(generation));
  FASTNESS_RETURN_IF_ERROR(save(std::move(changed)));
  return id;
}

// Whoever was issuing until now is good still, so its successor vouches for it. One that was given
// up is not `issuing` any more when its successor comes, and nobody vouches for it.
Result<void> Generations::retire_issuing(std::vector<Generation>& list,
                                         const Generation& successor) const {
  for (Generation& each : list) {
    if (each.state != GenerationState::issuing) continue;
    each.state = GenerationState::retiring;
    FASTNESS_ASSIGN_OR_RETURN(each.old_with_new, link(each, successor));
  }
  return {};
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
    FASTNESS_RETURN_IF_ERROR(retire_issuing(changed, *generation));
    generation->signs_until = clock_->now() + kSigningTime;
  }
  if (state == GenerationState::distrusted) {
    // The time of distrust stands once set: moving the boards' cut-off must not move it.
    if (!generation->distrusted_at) generation->distrusted_at = clock_->now();
    generation->board_cut_off = board_cut_off;
    withdraw_links(changed, id);
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
