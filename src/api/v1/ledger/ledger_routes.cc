// The ledger in public: proofs of certificates, checkpoints, and that it only grew. What is
// answered is a document that stands on its own; docs/ledger.md says what is in each, src/client
// reads them.
#include <limits>

#include "api/operations.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "crypto/x509/certificate.h"
#include "identity/identity.h"
#include "ledger/checkpoint.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using v1::object;

void write_hashes(json::Writer& out, const std::vector<crypto::Digest>& hashes) {
  out.begin_array("hashes");
  for (const crypto::Digest& hash : hashes) out.value(to_base64(hash));
  out.end_array();
}

Answer prove_device(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("device_id"));
  const OrganisationId organisation = call.caller.organisation;
  FASTNESS_ASSIGN_OR_REFUSE(const auto records, parts.identity.certificates(organisation, id));
  if (records.empty()) {
    return refuse(Status::not_found, "The device has no certificate yet: enrol it first.");
  }
  const identity::CertificateRecord& current = records.front();
  FASTNESS_ASSIGN_OR_REFUSE(const auto proof,
                            parts.identity.prove(organisation, id, current.fingerprint));
  // The hub may never have received a certificate that the ledger has.
  const auto certificate = crypto::Certificate::parse(current.der);
  return object(Status::ok, [&](json::Writer& out) {
    out.field("format", "fastness-ledger-proof-v1");
    out.field("key", parts.identity.ledger_key().to_text());
    out.field("index", proof.entry.index);
    out.field("entry", to_base64(proof.entry.encode()));
    write_hashes(out, proof.hashes);
    out.field("checkpoint", proof.checkpoint);
    if (certificate) out.field("certificate", certificate->to_pem());
  });
}

Answer checkpoint(const Parts& parts, const Call& /*call*/) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto text, parts.identity.checkpoint());
  const ledger::VerifierKey& key = parts.identity.ledger_key();
  FASTNESS_ASSIGN_OR_REFUSE(const auto head, ledger::verify_checkpoint(text, key));
  return object(Status::ok, [&](json::Writer& out) {
    out.field("key", key.to_text());
    out.field("size", head.size);
    out.field("root", to_base64(head.root));
    out.field("checkpoint", text);
  });
}

Answer consistency(const Parts& parts, const Call& call) {
  constexpr std::int64_t kAbsent = -1;
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  FASTNESS_ASSIGN_OR_REFUSE(const auto from, query_integer(call, "from", {0, kLast, kAbsent}));
  if (from == kAbsent) {
    return refuse(Status::bad_request, "is needed: the size of the older checkpoint", "from");
  }
  FASTNESS_ASSIGN_OR_REFUSE(const auto proof,
                            parts.identity.prove_consistency(static_cast<std::uint64_t>(from)));
  return object(Status::ok, [&](json::Writer& out) {
    out.field("format", "fastness-ledger-consistency-v1");
    out.field("key", parts.identity.ledger_key().to_text());
    out.field("from", proof.from);
    write_hashes(out, proof.hashes);
    out.field("checkpoint", proof.checkpoint);
  });
}

}  // namespace

void add_ledger_routes(RouteList& routes, Parts& parts) {
  const Access reading = member(Scope::devices_read);
  routes.add(Method::get, "/api/v1/devices/{device_id}/proof", reading, "",
             on(parts, prove_device));
  routes.add(Method::get, "/api/v1/ledger/checkpoint", reading, "", on(parts, checkpoint));
  routes.add(Method::get, "/api/v1/ledger/consistency", reading, "", on(parts, consistency));
}

}  // namespace fastness::api
