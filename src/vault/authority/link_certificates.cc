#include "vault/authority/link_certificates.h"

#include <algorithm>

#include "crypto/x509/certificate.h"
#include "vault/authority/device_profile.h"

namespace fastness::vault {

using vault_ipc::Generation;
using vault_ipc::GenerationState;

bool is_distrusted(const Generation& generation) {
  return generation.state >= GenerationState::distrusted;
}

std::optional<crypto::CertificateBody> link_body(const Generation& subject,
                                                 const Generation& signer, Random& random) {
  const auto subjects_own = crypto::Certificate::parse(subject.certificate);
  const auto signers_own = crypto::Certificate::parse(signer.certificate);
  if (!subjects_own || !signers_own) return std::nullopt;
  crypto::CertificateBody body;
  body.not_before = std::max(subjects_own->not_before(), signers_own->not_before());
  body.not_after = std::min(subjects_own->not_after(), signers_own->not_after());
  if (body.not_before >= body.not_after) return std::nullopt;
  body.serial = to_bytes(random_serial(random));
  body.issuer = device_issuer_name();
  body.subject = body.issuer;
  body.spki = to_bytes(subjects_own->spki());
  body.extensions = {crypto::authority_extension(0),
                     crypto::key_usage_extension(crypto::KeyUsage::signs_certificates_and_answers),
                     crypto::subject_key_id_extension(subjects_own->subject_key_id()),
                     crypto::authority_key_id_extension(signers_own->subject_key_id())};
  return body;
}

const Generation* signer_of(ByteView link, const Generation& subject,
                            const std::vector<Generation>& list) {
  const auto certificate = crypto::Certificate::parse(link);
  const auto subjects_key = crypto::PublicKey::from_point(subject.key);
  if (!certificate || !subjects_key || certificate->key_digest() != subjects_key->digest()) {
    return nullptr;
  }
  const auto found = std::ranges::find_if(list, [&](const Generation& each) {
    const auto key = crypto::PublicKey::from_point(each.key);
    return each.id != subject.id && key && certificate->is_signed_by(*key);
  });
  return found == list.end() ? nullptr : &*found;
}

void withdraw_links(std::vector<Generation>& list, vault_ipc::GenerationId distrusted) {
  for (Generation& each : list) {
    if (each.id == distrusted) {
      each.new_with_old.clear();
      each.old_with_new.clear();
    } else if (!each.old_with_new.empty()) {
      const Generation* signer = signer_of(each.old_with_new, each, list);
      if (signer == nullptr || signer->id == distrusted) each.old_with_new.clear();
    }
  }
}

}  // namespace fastness::vault
