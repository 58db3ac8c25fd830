#pragma once

#include <vector>

#include "audit/audit_log.h"
#include "json/writer.h"

namespace fastness::api::v1 {

// `hashes` of a proof, as a member of an object that is begun.
void write_proof_hashes(json::Writer& out, const std::vector<crypto::Digest>& hashes);

// A page of an export (docs/audit.md): its entries, and if it is a full one of `limit`, where the
// next begins.
void write_proven_page(json::Writer& out, const std::vector<audit::AuditLog::ProvenEntry>& entries,
                       std::size_t limit);

}  // namespace fastness::api::v1
