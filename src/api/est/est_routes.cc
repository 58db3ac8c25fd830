// /.well-known/est: enrolment over secure transport (RFC 7030, 8951). A device renews by the key of
// the certificate that it shows (docs/decisions/0036); a first certificate is the business of
// whoever may enrol devices, or comes by a claim code (docs/decisions/0039). With a label (RFC
// 7030, 3.2.2), which is the organisation's id, only that organisation's devices are served.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "accounts/sign_in/throttle.h"
#include "api/est/claim_enrolment.h"
#include "api/est/est_message.h"
#include "api/operations.h"
#include "api/routes.h"
#include "audit/audit_log.h"
#include "base/fixed_limits.h"
#include "crypto/x509/certificate_request.h"
#include "crypto/x509/est_messages.h"
#include "http/syntax/fields.h"
#include "identity/identity.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using identity::RenewingDevice;
using vault_ipc::GenerationState;

constexpr std::size_t kMaxAtOnce = fixed_limit("renewals.of_device");
constexpr std::chrono::minutes kPace{1};
constexpr std::chrono::seconds kAskAgain{6 * 3'600};  // as RFC 9773, 4.3.3, recommends

constexpr std::string_view kAuthorities = "application/pkcs7-mime";

// --- what everybody may know ---------------------------------------------------------------------

// Keys that sign, are about to, or did and are good still; and what neighbours say of each other.
// The vault keeps no link that vouches for a key which was given up.
std::vector<Bytes> authorities_of(const identity::AdmissionSnapshot& snapshot) {
  std::vector<Bytes> certificates;
  for (const auto& [generation, key] : *snapshot.generations()) {
    const bool is_trusted = generation.state == GenerationState::trusted ||
                            generation.state == GenerationState::issuing ||
                            generation.state == GenerationState::retiring;
    if (!is_trusted) continue;
    for (const Bytes* each :
         {&generation.certificate, &generation.new_with_old, &generation.old_with_new}) {
      if (!each->empty()) certificates.push_back(*each);
    }
  }
  return certificates;
}

Answer show_authorities(const Parts& parts, const Call& call) {
  const Bytes message =
      crypto::certs_only_message(authorities_of(*parts.identity.published().load()));
  const std::string etag = "\"" + to_hex(crypto::sha256(message)) + "\"";
  http::Response response = est::base64_body(kAuthorities, message);
  response.headers.set("etag", etag);
  response.headers.set("cache-control", "no-cache");
  if (http::matches_etag(call.request.headers, etag)) {
    response.status = Status::not_modified;
    response.body.clear();
  }
  return response;
}

Answer show_attributes(const Parts& /*parts*/, const Call& /*call*/) {
  return est::base64_body("application/csrattrs", crypto::request_attributes());
}

void say_whose(Call& call, OrganisationId organisation, DeviceId device) {
  call.audit_organisation = organisation;
  call.object = "device:" + device.value().to_text();
}

// --- by the key of a certificate -----------------------------------------------------------------

// Whose certificate is shown, if it may be renewed. To whoever holds its key we say why not.
Result<RenewingDevice, Problem> renewing_device(const Parts& parts, Call& call) {
  const auto admitted = parts.identity.admit_renewal(call.caller.leaf.value());
  if (!admitted) {
    const auto snapshot = parts.identity.published().load();
    const identity::Refusal& refusal = admitted.error();
    const auto* registered = refusal.device ? snapshot->find_device(*refusal.device) : nullptr;
    if (registered != nullptr) say_whose(call, registered->organisation, *refusal.device);
    return refuse(Status::forbidden,
                  "This certificate is not renewed: " + std::string(to_text(refusal.reason)) + ".");
  }
  say_whose(call, admitted->organisation, admitted->device);
  if (!est::is_label_of(call, admitted->organisation)) return refuse(Status::not_found, {});
  return *admitted;
}

// The same certificate was renewed a moment ago by another request: whoever lost an answer sends
// the same one again, so two may hold the key.
void note_second_use(Parts& parts, const Call& call, const RenewingDevice& device) {
  parts.log.warning("renewed_twice", {{"device", device.device.value().to_text()},
                                      {"remote", call.request.peer.address}});
  const auto recorded =
      parts.audit.record({device.organisation, call.caller.actor(), "device.renew_twice",
                          call.object, call.request.peer.address, "refused"});
  if (!recorded) parts.log.error("audit_failed", {{"why", recorded.error().message}});
}

Answer refuse_renewal(Parts& parts, const Call& call, const RenewingDevice& device,
                      const Error& error) {
  switch (error.code) {
    case Errc::invalid_argument:
      return refuse(Status::bad_request,
                    "The body must be a PKCS#10 request for a P-256 key, signed by it, whose "
                    "subject is CN=" +
                        device.device.value().to_text() + ".");
    case Errc::permission_denied:
      return refuse(Status::forbidden,
                    "A renewal is for the key that the certificate has. For another key that one "
                    "signs too: send Fastness-Old-Key-Signature (docs/identity.md).");
    case Errc::already_exists:
      note_second_use(parts, call, device);
      return refuse(Status::conflict,
                    "Another request renewed this certificate a moment ago. Send that one again, "
                    "or wait ten minutes.");
    default:
      return Unexpected<Problem>{to_problem(error)};
  }
}

// The owner is told of every change of key, and of every attempt.
void note_key_change(Parts& parts, const Call& call, const RenewingDevice& device,
                     const std::string& result) {
  const auto recorded =
      parts.audit.record({device.organisation, call.caller.actor(), "device.change_key",
                          call.object, call.request.peer.address, result});
  if (!recorded) parts.log.error("audit_failed", {{"why", recorded.error().message}});
}

Answer refuse_key_change(const RenewingDevice& device, const Error& error) {
  switch (error.code) {
    case Errc::invalid_argument:
      return refuse(Status::bad_request,
                    "The body must be a PKCS#10 request for a P-256 key that this device never "
                    "had, signed by it, whose subject is CN=" +
                        device.device.value().to_text() +
                        "; and Fastness-Old-Key-Signature what the key of the certificate signed "
                        "for that key (docs/identity.md).");
    case Errc::permission_denied:
      return refuse(Status::forbidden,
                    "A device changes its key by its newest certificate, while that lets it in. "
                    "Renew it first.");
    case Errc::already_exists:
      return refuse(Status::conflict,
                    "The key was changed, or this certificate renewed, by another request. Send "
                    "that one again, or wait: a day after a change, ten minutes after a renewal.");
    default:
      return Unexpected<Problem>{to_problem(error)};
  }
}

// Another key, for which both the new one and the old one sign (RFC 7030, 4.2.2).
Answer change_key(Parts& parts, const Call& call, const RenewingDevice& device,
                  ByteView untrusted_request, ByteView untrusted_signature) {
  const auto issued =
      parts.identity.change_key(*call.caller.leaf, untrusted_request, untrusted_signature);
  note_key_change(parts, call, device, issued ? "ok" : "refused");
  if (!issued) return refuse_key_change(device, issued.error());
  return est::certificate_body(issued->certificate);
}

Answer renew(Parts& parts, accounts::Throttle& pace, Call& call) {
  auto device = renewing_device(parts, call);
  if (!device) return propagate(std::move(device));
  if (!pace.take(device->device.value().to_text(), parts.clock.steady())) {
    return refuse(Status::too_many_requests, "This device renews too often.");
  }
  auto request = est::read_request(call);
  if (!request) return propagate(std::move(request));
  auto signature = est::read_old_key_signature(call);
  if (!signature) return propagate(std::move(signature));
  if (*signature) return change_key(parts, call, *device, *request, **signature);
  const auto issued = parts.identity.renew(*call.caller.leaf, *request);
  if (!issued) return refuse_renewal(parts, call, *device, issued.error());
  return est::certificate_body(issued->certificate);
}

// As an ACME server says it (RFC 9773, 4.2), of the certificate that is shown.
Answer show_window(const Parts& parts, Call& call) {
  auto device = renewing_device(parts, call);
  if (!device) return propagate(std::move(device));
  FASTNESS_ASSIGN_OR_REFUSE(const identity::RenewalWindow window,
                            parts.identity.renewal_window(*call.caller.leaf));
  json::Writer out;
  out.begin_object();
  out.begin_object("suggestedWindow");
  out.field("start", window.start);
  out.field("end", window.end);
  out.end_object();
  out.end_object();
  http::Response response = http::Response::json(Status::ok, std::move(out).text());
  response.headers.set("retry-after", std::to_string(kAskAgain.count()));
  response.headers.set("cache-control", "no-store");
  return response;
}

// --- by an API key -------------------------------------------------------------------------------

// Which device a request says it is for.
std::optional<DeviceId> device_named_in(ByteView untrusted_request) {
  const auto request = crypto::CertificateRequest::parse_der(untrusted_request);
  if (!request) return std::nullopt;
  const auto id = Uuid::parse(request->untrusted_common_name());
  return id ? std::optional(DeviceId(*id)) : std::nullopt;
}

Answer enrol(Parts& parts, Call& call) {
  if (!est::is_label_of(call, call.caller.organisation)) return refuse(Status::not_found, {});
  auto request = est::read_request(call);
  if (!request) return propagate(std::move(request));
  const auto id = device_named_in(*request);
  if (!id) {
    return refuse(Status::bad_request,
                  "The body must be a PKCS#10 request for a P-256 key, signed by it, whose "
                  "subject is CN= and the id of a device.");
  }
  call.object = "device:" + id->value().to_text();
  auto device = find_device(parts, call.caller.organisation, *id);
  if (!device) return propagate(std::move(device));
  auto issued = enrol_device(parts, **device, vault_ipc::Profile::standard,
                             std::string(as_text(*request)), "The body");
  if (!issued) return propagate(std::move(issued));
  return est::certificate_body(issued->certificate);
}

}  // namespace

void add_est_routes(RouteList& routes, Parts& parts) {
  const auto pace = std::make_shared<accounts::Throttle>(kMaxAtOnce, kPace);
  const auto renewing = [&parts, pace](Call& call) { return renew(parts, *pace, call); };
  const auto claims = std::make_shared<est::ClaimEnrolment>(parts);
  const auto enrolling = [&parts, claims](Call& call) {
    return call.caller.kind == Caller::Kind::claimant ? claims->enrol(call) : enrol(parts, call);
  };

  routes.add(Method::get, "/.well-known/est/cacerts", anyone(), "", on(parts, show_authorities));
  routes.add(Method::get, "/.well-known/est/{label}/cacerts", anyone(), "",
             on(parts, show_authorities));
  routes.add(Method::get, "/.well-known/est/csrattrs", anyone(), "", on(parts, show_attributes));
  routes.add(Method::get, "/.well-known/est/{label}/csrattrs", anyone(), "",
             on(parts, show_attributes));
  routes.add(Method::post, "/.well-known/est/simpleenroll",
             enroller(accounts::Scope::devices_enrol), "device.enrol", enrolling);
  routes.add(Method::post, "/.well-known/est/{label}/simpleenroll",
             enroller(accounts::Scope::devices_enrol), "device.enrol", enrolling);
  routes.add(Method::post, "/.well-known/est/simplereenroll", device_only(), "device.renew",
             renewing);
  routes.add(Method::post, "/.well-known/est/{label}/simplereenroll", device_only(), "device.renew",
             renewing);
  routes.add(Method::get, "/.well-known/est/renewal-info", device_only(), "",
             on(parts, show_window));
  routes.add(Method::get, "/.well-known/est/{label}/renewal-info", device_only(), "",
             on(parts, show_window));
}

}  // namespace fastness::api
