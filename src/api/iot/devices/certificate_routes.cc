// /iot/v2/devices/{id}/pass and .../certs: a board's secret key and certificates.
#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/iot/request.h"
#include "api/iot/views.h"
#include "api/operations.h"
#include "api/routes.h"
#include "base/fixed_limits.h"
#include "crypto/digest.h"
#include "identity/identity.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using http::Method;
using http::Status;
using identity::Identity;
using iot::Shape;

constexpr const char* kCertificate = "devicev2.cert";
constexpr std::size_t kMaxCsrBytes = fixed_limit("api.csr_bytes");

// The secrets that we suggested lately, by their hashes: setting one of them is not choosing one.
class Suggestions {
 public:
  void add(const std::string& secret) {
    recent_.push_back(crypto::sha256(as_bytes(secret)));
    if (recent_.size() > kMax) recent_.pop_front();
  }
  [[nodiscard]] Identity::SecretOrigin origin(const std::string& secret) const {
    const crypto::Digest digest = crypto::sha256(as_bytes(secret));
    return std::find(recent_.begin(), recent_.end(), digest) != recent_.end()
               ? Identity::SecretOrigin::suggested
               : Identity::SecretOrigin::chosen;
  }

 private:
  static constexpr std::size_t kMax = 256;
  std::deque<crypto::Digest> recent_;
};

http::Response pass_body(bool is_set, const std::string& secret) {
  json::Writer out;
  out.begin_object();
  out.field("set", is_set);
  out.field_if("suggested_password", secret);
  out.end_object();
  return iot::body(Status::ok, "devicev2.pass", Shape::single, std::move(out));
}

Answer show_pass(const Parts& parts, Suggestions& suggestions, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto identity,
                            parts.identity.describe(call.caller.organisation, id));
  if (!iot::flag(call, "suggested_password")) return pass_body(identity.has_secret, {});
  const std::string secret = parts.identity.suggest_secret();
  suggestions.add(secret);
  return pass_body(identity.has_secret, secret);
}

// Echoes the secret, this once: clients print it from here.
Answer set_pass(Parts& parts, const Suggestions& suggestions, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto* device, find_device(parts, call, "id"));
  FASTNESS_REFUSE_IF_ERROR(check_unlocked(parts));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  auto password = (*body)->text("password", 256);
  if (!password) return propagate(std::move(password));
  const std::string suggested = parts.identity.suggest_secret();
  const std::string& secret = *password ? **password : suggested;
  const auto origin = *password ? suggestions.origin(secret) : Identity::SecretOrigin::suggested;
  const auto set = parts.identity.set_secret(device->organisation, device->id, secret, origin);
  if (!set && set.error().code == Errc::invalid_argument) {
    return refuse(Status::bad_request, "is too short or too easy to guess", "password");
  }
  if (!set) return refuse(set);
  return pass_body(true, secret);
}

Answer check_pass(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("id"));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  FASTNESS_ASSIGN_OR_REFUSE(const std::string secret, (*body)->fields().text("password"));
  FASTNESS_ASSIGN_OR_REFUSE(const bool is_right,
                            parts.identity.is_secret(call.caller.organisation, id, secret));
  if (!is_right) return refuse(Status::bad_request, "does not match", "password");
  return iot::ok();
}

Answer clear_pass(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("id"));
  FASTNESS_REFUSE_IF_ERROR(parts.identity.clear_secret(call.caller.organisation, id));
  return iot::ok();
}

Answer enrol(Parts& parts, const Call& call) {
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  FASTNESS_ASSIGN_OR_REFUSE(std::string csr,
                            (*body)->fields().text("csr", {.min = 1, .max = kMaxCsrBytes}));
  auto issued = enrol_device(parts, call, {"id", vault_ipc::Profile::board, std::move(csr), "csr"});
  if (!issued) return propagate(std::move(issued));
  json::Writer out;
  iot::write(out, to_record(*issued));
  return iot::body(Status::created, kCertificate, Shape::single, std::move(out));
}

Answer list_certificates(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("id"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto records,
                            parts.identity.certificates(call.caller.organisation, id));
  json::Writer out;
  out.begin_array();
  for (const auto& record : records) iot::write(out, record);
  out.end_array();
  return iot::body(Status::ok, kCertificate, Shape::collection, std::move(out));
}

Result<identity::CertificateRecord, Problem> find(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto id, call.id<DeviceId>("id"));
  const auto wanted = Uuid::parse(call.request.parameters.find("cid"));
  FASTNESS_ASSIGN_OR_REFUSE(const auto records,
                            parts.identity.certificates(call.caller.organisation, id));
  for (const auto& record : records) {
    if (wanted && iot::certificate_id(record.fingerprint) == *wanted) return record;
  }
  return refuse(Status::not_found, {});
}

Answer show_certificate(const Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto record, find(parts, call));
  json::Writer out;
  iot::write(out, record);
  return iot::body(Status::ok, kCertificate, Shape::single, std::move(out));
}

Answer revoke_record(Parts& parts, const Call& call, const identity::CertificateRecord& record) {
  FASTNESS_REFUSE_IF_ERROR(parts.identity.revoke_certificate(
      call.caller.organisation, record.entry.device, record.fingerprint, "by its owner"));
  return iot::ok();
}

Answer remove_certificate(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto record, find(parts, call));
  return revoke_record(parts, call, record);
}

// A certificate can be turned off, and that is for good: `enabled:true` on a revoked one is 412.
Answer update_certificate(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto record, find(parts, call));
  auto body = iot::Body::read(call);
  if (!body) return propagate(std::move(body));
  auto enabled = (*body)->boolean("enabled");
  if (!enabled) return propagate(std::move(enabled));
  if (*enabled == std::optional(true) && record.revoked_at) {
    return refuse(Status::precondition_failed, "This certificate was revoked. Enrol a new one.");
  }
  if (*enabled == std::optional(false)) {
    auto revoked = revoke_record(parts, call, record);
    if (!revoked) return revoked;
  }
  return show_certificate(parts, call);
}

}  // namespace

void add_iot_certificate_routes(RouteList& routes, Parts& parts) {
  const Access enrolling = member(Scope::devices_enrol);
  const Access read = member(Scope::devices_read);
  const auto suggestions = std::make_shared<Suggestions>();
  routes.add(Method::get, "/iot/v2/devices/{id}/pass", enrolling, "",
             [&parts, suggestions](Call& call) { return show_pass(parts, *suggestions, call); });
  routes.add(Method::put, "/iot/v2/devices/{id}/pass", enrolling, "device.set_secret",
             [&parts, suggestions](Call& call) { return set_pass(parts, *suggestions, call); });
  routes.add(Method::post, "/iot/v2/devices/{id}/pass", enrolling, "device.check_secret",
             on(parts, check_pass));
  routes.add(Method::delete_, "/iot/v2/devices/{id}/pass", enrolling, "device.clear_secret",
             on(parts, clear_pass));
  routes.add(Method::get, "/iot/v2/devices/{id}/certs", read, "", on(parts, list_certificates));
  routes.add(Method::put, "/iot/v2/devices/{id}/certs", enrolling, "device.enrol",
             on(parts, enrol));
  routes.add(Method::get, "/iot/v2/devices/{id}/certs/{cid}", read, "",
             on(parts, show_certificate));
  routes.add(Method::post, "/iot/v2/devices/{id}/certs/{cid}", enrolling,
             "device.change_certificate", on(parts, update_certificate));
  routes.add(Method::delete_, "/iot/v2/devices/{id}/certs/{cid}", enrolling,
             "device.revoke_certificate", on(parts, remove_certificate));
}

}  // namespace fastness::api
