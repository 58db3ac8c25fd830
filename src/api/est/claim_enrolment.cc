#include "api/est/claim_enrolment.h"

#include <optional>
#include <string>
#include <utility>

#include "api/est/est_message.h"
#include "api/operations.h"
#include "base/fixed_limits.h"
#include "crypto/x509/certificate_request.h"
#include "http/syntax/fields.h"
#include "identity/claims/claims.h"
#include "identity/identity.h"
#include "things/devices.h"

namespace fastness::api::est {
namespace {

using http::Status;
using identity::Claim;
using identity::ClaimCode;
using identity::ClaimState;

constexpr std::size_t kMaxFailures = fixed_limit("claims.failures_of_network");
constexpr std::size_t kMaxRequests = fixed_limit("claims.requests_of_key");
constexpr std::chrono::seconds kFailurePace{1};
constexpr std::chrono::seconds kRequestPace{5};
constexpr std::chrono::seconds kAskAgainForApproval{10};

// A board type that nobody knows more of.
constexpr const char* kDeviceType = "generic_device_secretkey";

// What a claimant sends: who it says it is, the code unless it shows a claim certificate, and the
// key that it holds.
struct Claimant {
  identity::HardwareId hardware_id;
  std::string untrusted_code;
  Bytes request;  // PKCS#10, DER
  crypto::Digest key;
};

struct BasicClaim {
  identity::HardwareId hardware_id;
  std::string untrusted_code;
};

Result<BasicClaim, Problem> read_basic(const Call& call) {
  const auto authorization = http::authorization(call.request.headers);
  const auto basic = authorization ? http::parse_basic(authorization->credentials)
                                   : Result<http::BasicCredentials>(http::BasicCredentials{});
  auto hardware_id = identity::HardwareId::parse(basic ? basic->user : "");
  if (!hardware_id) {
    return refuse(Status::bad_request,
                  "Send as the user name what the device calls itself: 1 to 64 of letters, digits, "
                  "'.', '_' and '-'. The password is the claim code.");
  }
  return BasicClaim{std::move(hardware_id).value(), basic->password};
}

Result<crypto::CertificateRequest, Problem> read_signed_request(const Call& call) {
  const auto request = read_request(call);
  if (!request) return Unexpected<Problem>{request.error()};
  auto parsed = crypto::CertificateRequest::parse_der(*request);
  if (!parsed) {
    return refuse(Status::bad_request,
                  "The body must be a PKCS#10 request for a P-256 key, signed by it.");
  }
  return std::move(parsed).value();
}

Result<Claimant, Problem> read_claimant(const Call& call) {
  std::optional<BasicClaim> basic;
  if (!call.caller.leaf) {
    auto sent = read_basic(call);
    if (!sent) return propagate(std::move(sent));
    basic = std::move(sent).value();
  }
  const auto request = read_signed_request(call);
  if (!request) return Unexpected<Problem>{request.error()};
  Bytes der = to_bytes(request->der());
  const crypto::Digest key = request->public_key().digest();
  if (basic) return Claimant{basic->hardware_id, basic->untrusted_code, std::move(der), key};

  auto hardware_id = identity::HardwareId::parse(request->untrusted_common_name());
  if (!hardware_id) {
    return refuse(Status::bad_request,
                  "Write into the request, as its common name, what the device calls itself: 1 to "
                  "64 of letters, digits, '.', '_' and '-'.");
  }
  return Claimant{std::move(hardware_id).value(), {}, std::move(der), key};
}

// Text of the path that names no organisation names none that a code could be of.
std::optional<OrganisationId> organisation_in_path(const Call& call) {
  const std::string_view label = call.request.parameters.find("label");
  if (label.empty()) return std::nullopt;
  const auto id = Uuid::parse(label);
  return OrganisationId(id ? *id : Uuid(Uuid::Bytes{}));
}

// What the claimant showed.
std::string word_for(const Call& call) {
  return call.caller.leaf ? "claim certificate" : "claim code";
}

Problem to_refusal(const Call& call, const Error& error) {
  const std::string shown = word_for(call);
  switch (error.code) {
    case Errc::unauthenticated:
      // Whoever holds its key may know that there is such a certificate.
      if (call.caller.leaf) {
        return {Status::forbidden,
                "This claim certificate lets this device in no more: it is used up or over, or not "
                "for it. Ask whoever gave it to you.",
                {}};
      }
      return {Status::unauthorized,
              "No live claim code: it is used up, over, or not for this device. Ask whoever gave "
              "it to you for another.",
              {}};
    case Errc::already_exists:
      return {Status::conflict,
              "This " + shown +
                  ", or this hardware id with it, is used with another key already. If that key is "
                  "lost, ask the owner for another code.",
              {}};
    case Errc::permission_denied:
      return {Status::forbidden,
              "The owner refused this key. Ask them, and for another claim code.",
              {}};
    default:
      return to_problem(error);
  }
}

http::Response wait_for_owner(const Call& call) {
  http::Response response =
      http::Response::text(Status::accepted,
                           "The owner has to approve this device. Ask again with the same key and "
                           "the same " +
                               word_for(call) + ".\n");
  response.headers.set("retry-after", std::to_string(kAskAgainForApproval.count()));
  return response;
}

// "sensors-b827eb01". The end of a long hardware id tells more than its beginning.
std::string name_of(const Claim& claim) {
  constexpr std::size_t kRoom = fixed_limit("things.name_bytes");
  if (claim.label.empty()) return claim.hardware_id;
  const std::size_t room = kRoom - claim.label.size() - 1;
  const std::size_t size = claim.hardware_id.size();
  return claim.label + "-" + claim.hardware_id.substr(size > room ? size - room : 0);
}

Unexpected<Problem> is_gone() {
  return refuse(
      Status::forbidden,
      "The device that this claim made was deleted. Ask the owner for another claim code.");
}

// The device of the claim, made now unless it was before: whatever died in between has spent the
// use, and gave the device its id.
Result<const things::Device*, Problem> device_of(Parts& parts, const ClaimCode& code,
                                                 const Claim& claim) {
  const auto* known = parts.devices.find(claim.organisation, claim.device, things::Deleted::shown);
  if (known != nullptr && known->deleted_at) return is_gone();
  if (known == nullptr) {
    if (claim.state == ClaimState::issued) return is_gone();
    things::DeviceDraft draft;
    draft.name = name_of(claim);
    draft.type = kDeviceType;
    draft.serial = claim.hardware_id;
    FASTNESS_REFUSE_IF_ERROR(parts.devices.create_as(claim.device, claim.organisation,
                                                     code.created_by, std::move(draft)));
  }
  if (!parts.identity.describe(claim.organisation, claim.device)) {
    const auto added = parts.identity.add_device(claim.organisation, claim.device);
    if (!added) {
      FASTNESS_REFUSE_IF_ERROR(
          parts.devices.remove(claim.organisation, claim.device, things::Removal::forced));
      if (added.error().code == Errc::already_exists) return is_gone();
      return refuse(added);
    }
  }
  return find_device(parts, claim.organisation, claim.device);
}

// The newest certificate of the claim's key that lets its device in; nothing if there is none.
Result<std::optional<identity::IssuedCertificate>, Problem> standing_certificate(
    Parts& parts, const Claim& claim) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto records,
                            parts.identity.certificates(claim.organisation, claim.device));
  const auto snapshot = parts.identity.published().load();
  for (const identity::CertificateRecord& record : records) {
    if (record.entry.key != claim.key || record.der.empty()) continue;
    if (!snapshot->admit_digest(record.fingerprint, parts.clock.now())) continue;
    FASTNESS_ASSIGN_OR_REFUSE(
        auto issued,
        parts.identity.certificate(claim.organisation, claim.device, record.fingerprint));
    return std::optional(std::move(issued));
  }
  return std::optional<identity::IssuedCertificate>();
}

// The same, or a new one for a claim that never had any.
Result<identity::IssuedCertificate, Problem> certificate_of(Parts& parts,
                                                            const things::Device& device,
                                                            const Claim& claim,
                                                            const Bytes& request) {
  auto standing = standing_certificate(parts, claim);
  if (!standing) return propagate(std::move(standing));
  if (auto found = std::move(standing).value()) return *std::move(found);
  if (claim.state == ClaimState::issued) {
    return refuse(Status::forbidden,
                  "This claim gave the device its certificate, which lets it in no more. A device "
                  "renews by its certificate, not by what let it in at first.");
  }
  return enrol_device(parts, device, vault_ipc::Profile::standard, std::string(as_text(request)),
                      "The body");
}

Answer issue_to(Parts& parts, const ClaimCode& code, const Claim& claim, const Bytes& request) {
  auto device = device_of(parts, code, claim);
  if (!device) return propagate(std::move(device));
  const auto issued = certificate_of(parts, **device, claim, request);
  if (!issued) return Unexpected<Problem>{issued.error()};
  if (claim.state != ClaimState::issued) {
    FASTNESS_REFUSE_IF_ERROR(parts.identity.claims().note_issued(claim.id));
  }
  return certificate_body(issued->certificate);
}

}  // namespace

ClaimEnrolment::ClaimEnrolment(Parts& parts)
    : parts_(parts), failures_(kMaxFailures, kFailurePace), requests_(kMaxRequests, kRequestPace) {}

Answer ClaimEnrolment::enrol(Call& call) {
  const std::string network = accounts::network_of(call.request.peer.address);
  if (!failures_.take(network, parts_.clock.steady())) {
    call.is_old_news = true;
    return refuse(Status::too_many_requests,
                  "Too many wrong claims came from this network. Try again in a moment.");
  }
  bool is_welcome = false;
  Answer answer = enrol_at_its_pace(call, is_welcome);
  if (is_welcome) failures_.give_back(network);
  return answer;
}

// `is_welcome`: it is no guess, whatever becomes of it.
Answer ClaimEnrolment::enrol_at_its_pace(Call& call, bool& is_welcome) {
  auto claimant = read_claimant(call);
  if (!claimant) return propagate(std::move(claimant));
  if (!requests_.take(to_hex(claimant->key), parts_.clock.steady())) {
    is_welcome = true;  // who guesses with one key is slowed down by this already
    call.is_old_news = true;
    return refuse(Status::too_many_requests, "This key asks too often.");
  }
  identity::Claims& claims = parts_.identity.claims();
  const auto& leaf = call.caller.leaf;
  const auto code = leaf ? claims.find_certificate(*leaf) : claims.find(claimant->untrusted_code);
  if (!code && code.error().code == Errc::invalid_argument) {
    return refuse(Status::unauthorized,
                  "The password is no whole claim code. One looks like FC-7M3K-0PXV-9ZDB-WH52-J; "
                  "check what was typed.");
  }
  if (!code) return refuse(code);
  if (*code) {
    call.caller.claim_code_id = (*code)->id.value().to_text();
    call.audit_organisation = (*code)->organisation;
    call.object = call.caller.actor();
  }
  // The same for a code that nobody has.
  FASTNESS_REFUSE_IF_ERROR(check_unlocked(parts_));
  const auto claimed = claims.claim(*code, {claimant->hardware_id, claimant->key,
                                            call.request.peer.address, organisation_in_path(call)});
  if (!claimed) return Unexpected<Problem>{to_refusal(call, claimed.error())};
  is_welcome = true;
  const Claim& claim = claimed->claim;
  if (claim.state == ClaimState::waiting) {
    call.object = "claim:" + claim.id.value().to_text();
    call.audit_result = "waiting";
    call.is_old_news = !claimed->is_new;
    return wait_for_owner(call);
  }
  call.object = "device:" + claim.device.value().to_text();
  return issue_to(parts_, **code, claim, claimant->request);
}

}  // namespace fastness::api::est
