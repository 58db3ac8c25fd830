#pragma once

#include <cstdint>

#include "base/result.h"
#include "crypto/digest.h"
#include "vault/store/sealed_files.h"

namespace fastness::vault {

// The head of the hub's audit log as it was last signed: it must never go back.
struct AuditHead {
  std::uint64_t size = 0;
  crypto::Digest root{};

  friend bool operator==(const AuditHead&, const AuditHead&) = default;
};

// The head of an empty log if none was signed yet.
[[nodiscard]] Result<AuditHead> read_audit_head(const SealedFiles& records);
[[nodiscard]] Result<void> write_audit_head(const SealedFiles& records, const AuditHead& head);

}  // namespace fastness::vault
