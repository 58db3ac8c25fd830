#include "api/v1/audit/proven_entries.h"

#include "api/v1/views.h"
#include "crypto/digest.h"

namespace fastness::api::v1 {
namespace {

using audit::AuditLog;

void write_proven(json::Writer& out, const AuditLog::ProvenEntry& entry) {
  out.begin_object();
  out.field("index", entry.seq);
  out.field("time", entry.time);
  out.field("leaf", to_base64(entry.leaf));
  if (entry.commitment) {
    out.field("commitment", to_base64(*entry.commitment));
    out.field("sealed_digest", to_base64(crypto::sha256(entry.sealed)));
  } else {
    out.field("sealed", to_base64(entry.sealed));
  }
  if (entry.opening) {
    out.field("salt", to_base64(entry.opening->salt));
    out.field("content", to_base64(entry.opening->content));
  }
  if (entry.event) write_members(out, *entry.event);
  write_proof_hashes(out, entry.hashes);
  out.end_object();
}

}  // namespace

void write_proof_hashes(json::Writer& out, const std::vector<crypto::Digest>& hashes) {
  out.begin_array("hashes");
  for (const crypto::Digest& hash : hashes) out.value(to_base64(hash));
  out.end_array();
}

void write_proven_page(json::Writer& out, const std::vector<AuditLog::ProvenEntry>& entries,
                       std::size_t limit) {
  out.begin_array("entries");
  for (const AuditLog::ProvenEntry& entry : entries) write_proven(out, entry);
  out.end_array();
  if (entries.size() == limit) {
    out.field("next", entries.back().seq + 1);
  }
}

}  // namespace fastness::api::v1
