#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ocsp/status_request.h"
#include "identity/admission/admission.h"
#include "vault_ipc/client.h"

namespace fastness::telemetry {
class Log;
}

namespace fastness::identity {

class IdentityStore;

// Answers third parties who ask about certificates one by one (OCSP, RFC 6960). The vault signs
// each answer with the key of the generation that is asked about, so an answer is about one
// generation only; of one that was given up nothing is said, because nothing that its key signs is
// to be believed. Lives on the control thread.
class StatusResponder {
 public:
  // All must outlive the object.
  StatusResponder(vault_ipc::Client& vault, IdentityStore& store, const telemetry::Log& log)
      : vault_(vault), store_(store), log_(log) {}

  // Always the DER of an OCSPResponse: what cannot be answered is refused in its words.
  [[nodiscard]] Bytes answer(ByteView untrusted_request, const AdmissionSnapshot& snapshot) const;

 private:
  using Question = vault_ipc::SignCertificateStatus;
  [[nodiscard]] Result<Question::Asked> look_up(const crypto::StatusRequest::Asked& asked,
                                                vault_ipc::GenerationId generation) const;

  vault_ipc::Client& vault_;
  IdentityStore& store_;
  const telemetry::Log& log_;
};

}  // namespace fastness::identity
