#include "identity/status/status_responder.h"

#include <algorithm>

#include "crypto/ocsp/status_answer.h"
#include "crypto/x509/certificate.h"
#include "identity/identity_store.h"
#include "telemetry/log.h"

namespace fastness::identity {
namespace {

using crypto::StatusRefusal;
using vault_ipc::GenerationState;

// The generation that all the questions are about, if it is one and may be believed.
const vault_ipc::Generation* issuer_of(const crypto::StatusRequest& request,
                                       const AdmissionSnapshot& snapshot) {
  const crypto::IssuerId& issuer = request.asked.front().issuer;
  const bool is_one =
      std::ranges::all_of(request.asked, [&](const auto& each) { return each.issuer == issuer; });
  if (!is_one) return nullptr;
  for (const auto& [record, key] : *snapshot.generations()) {
    const auto own = crypto::Certificate::parse(record.certificate);
    if (!own || record.state >= GenerationState::distrusted) continue;
    if (crypto::issuer_id(issuer.algorithm, own->subject(), record.key) == issuer) return &record;
  }
  return nullptr;
}

}  // namespace

Result<StatusResponder::Question::Asked> StatusResponder::look_up(
    const crypto::StatusRequest::Asked& asked, vault_ipc::GenerationId generation) const {
  FASTNESS_ASSIGN_OR_RETURN(auto standing, store_.find_serial(asked.serial));
  Question::Asked question{asked.serial, std::nullopt};
  if (!standing || standing->entry.generation != generation) return question;
  question.issued = Question::Issued{standing->entry.index, std::move(standing->der), {}};
  if (standing->revoked) {
    question.issued->revocation =
        Question::Revocation{standing->revoked->revoked_at, standing->revoked->reason};
  }
  return question;
}

Bytes StatusResponder::answer(ByteView untrusted_request, const AdmissionSnapshot& snapshot) const {
  const auto request = crypto::StatusRequest::parse(untrusted_request);
  if (!request) return status_refusal(StatusRefusal::malformed);
  const vault_ipc::Generation* issuer = issuer_of(*request, snapshot);
  if (issuer == nullptr) return status_refusal(StatusRefusal::unauthorized);
  Question question;
  question.generation = issuer->id;
  question.named_by = request->asked.front().issuer.algorithm;
  question.nonce = request->nonce;
  for (const crypto::StatusRequest::Asked& each : request->asked) {
    auto looked_up = look_up(each, issuer->id);
    if (!looked_up) {
      log_.error("status_not_found_out", {{"why", looked_up.error().message}});
      return status_refusal(StatusRefusal::internal_error);
    }
    question.asked.push_back(std::move(looked_up).value());
  }
  auto answer = vault_.sign_certificate_status(question);
  if (answer) return std::move(answer).value();
  log_.warning("status_not_signed", {{"why", answer.error().message}});
  return status_refusal(answer.error().code == Errc::permission_denied ? StatusRefusal::unauthorized
                                                                       : StatusRefusal::try_later);
}

}  // namespace fastness::identity
