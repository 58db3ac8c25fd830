// The authority over device certificates. It is the instance's and not one organisation's: members
// see how far their own devices are (/api/v1/ca), and only the host's owner moves it
// (/admin/v1/ca; docs/decisions/0035).
#include <charconv>

#include "api/routes.h"
#include "api/v1/body.h"
#include "crypto/public_key/pem.h"
#include "identity/identity.h"
#include "things/devices.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using identity::Authority;
using identity::Progress;
using vault_ipc::Generation;
using vault_ipc::GenerationId;

constexpr std::chrono::hours kUsualSoak{1};

// What the authority refuses, it says in words for whoever gave the order.
Unexpected<Problem> refuse_order(const Error& error) {
  switch (error.code) {
    case Errc::invalid_argument:
      return refuse(Status::bad_request, error.message);
    case Errc::not_found:
      return refuse(Status::not_found, error.message);
    case Errc::already_exists:
      return refuse(Status::conflict, error.message);
    default:
      return refuse(Status::service_unavailable,
                    "The vault did not do this. See the log, and try again.");
  }
}

Unexpected<Problem> refuse_list(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
      return refuse(Status::not_found, "There is no such generation.");
    case Errc::permission_denied:
      return refuse(Status::gone,
                    "The generation is distrusted: none of its certificates is to be believed.");
    case Errc::exhausted:
      return refuse(
          Status::service_unavailable,
          "More certificates are revoked than one list holds. Ask the API of each device.");
    default:
      return refuse(Status::service_unavailable,
                    "The vault did not do this. See the log, and try again.");
  }
}

void write_pem(json::Writer& out, const char* name, const Bytes& der) {
  if (!der.empty()) out.field(name, crypto::to_pem(crypto::kCertificateLabel, der));
}

// Its signing time starts when it takes over, which may be long after its key was made.
std::optional<Timestamp> signs_since(const Generation& generation) {
  if (generation.state != vault_ipc::GenerationState::issuing) return std::nullopt;
  return generation.signs_until - vault_ipc::kSigningTime;
}

void write_stragglers(json::Writer& out, const Progress::Stragglers& stragglers) {
  out.begin_array("stragglers");
  for (const auto& [reason, devices] : stragglers) {
    out.begin_object();
    out.field("reason", to_text(reason));
    out.field("devices", devices);
    out.end_object();
  }
  out.end_array();
}

void write_generation(json::Writer& out, const Generation& generation, const Progress& progress) {
  const auto found = progress.by_generation.find(generation.id);
  const auto of = found == progress.by_generation.end() ? Progress::OfGeneration() : found->second;
  out.begin_object();
  out.field("number", generation.id.value());
  out.field("state", to_text(generation.state));
  out.field("created_at", generation.created_at);
  out.field_if("signs_since", signs_since(generation));
  out.field("signs_until", generation.signs_until);
  out.field_if("distrusted_at", generation.distrusted_at);
  out.field_if("board_cut_off", generation.board_cut_off);
  out.field("fingerprint", to_hex(crypto::sha256(generation.certificate)));
  write_pem(out, "certificate_pem", generation.certificate);
  write_pem(out, "new_with_old_pem", generation.new_with_old);
  write_pem(out, "old_with_new_pem", generation.old_with_new);
  out.field("devices", of.devices);
  out.field("boards", of.boards);
  write_stragglers(out, of.stragglers);
  out.end_object();
}

void write_progress(json::Writer& out, const Progress& progress) {
  out.begin_object("devices");
  out.field("with_certificate", progress.with_certificate);
  out.field("without_certificate", progress.without_certificate);
  out.field("renewed", progress.renewed);
  out.end_object();
  write_stragglers(out, progress.stragglers);
  out.field_if("estimated_end", progress.estimated_end);
}

// Its reason is in the words of the host's owner, for the host.
enum class Reader { host, member };

void write_rotation(json::Writer& out, const identity::Rotation& rotation, Reader reader) {
  out.begin_object("rotation");
  out.field("number", rotation.number);
  out.field("kind", to_text(rotation.kind));
  out.field("from", rotation.from.value());
  out.field("to", rotation.to.value());
  out.field("step", to_text(rotation.step));
  out.field("began_at", rotation.began_at);
  out.field("issue_at", rotation.issue_at);
  out.field_if("board_cut_off", rotation.board_cut_off);
  if (reader == Reader::host) out.field("reason", rotation.reason);
  out.field_if("ended_at", rotation.ended_at);
  out.end_object();
}

void write_lockdown(json::Writer& out, const identity::Locked& locked) {
  out.begin_object("lockdown");
  out.field("generation", locked.generation.value());
  out.field("since", locked.since);
  out.end_object();
}

// Whoever is connected is seen now, however long ago it last said something.
std::optional<Timestamp> last_seen(const Parts& parts, const identity::DeviceStanding& standing) {
  const things::Device* device = parts.devices.find(standing.organisation, standing.device);
  if (device == nullptr) return std::nullopt;
  if (device->status == things::DeviceStatus::online) return parts.clock.now();
  return device->last_activity_at;
}

// Of all devices for the host, of one organisation's for its members.
Answer describe(Parts& parts, Status status, std::optional<OrganisationId> of = std::nullopt) {
  const Authority& authority = parts.identity.authority();
  const auto list = authority.generations();
  if (!list) return refuse_order(list.error());
  const auto progress = authority.progress(
      [&](const identity::DeviceStanding& standing) { return last_seen(parts, standing); }, of);
  if (!progress) return refuse_order(progress.error());
  return v1::object(status, [&](json::Writer& out) {
    out.begin_array("generations");
    for (const Generation& each : *list) write_generation(out, each, *progress);
    out.end_array();
    write_progress(out, *progress);
    if (authority.rotation()) {
      write_rotation(out, *authority.rotation(), of ? Reader::member : Reader::host);
    }
    if (const auto& locked = parts.identity.lockdown()) write_lockdown(out, *locked);
  });
}

Result<GenerationId, Problem> generation_in(Call& call) {
  const std::string_view text = call.request.parameters.find("number");
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0) {
    return refuse(Status::not_found, "Generations have numbers from 1.");
  }
  call.object = "generation:" + std::to_string(number);
  return GenerationId(number);
}

// For programs that are not ours and look certificates up in a list, as TLS libraries do.
Answer revocation_list(const Parts& parts, Call& call) {
  const auto id = generation_in(call);
  if (!id) return Unexpected<Problem>{id.error()};
  const auto signed_list = parts.identity.revocation_list(*id);
  if (!signed_list) return refuse_list(signed_list.error());
  http::Response response;
  response.headers.set("content-type", "application/pkix-crl");
  response.body = as_text(signed_list->list);
  return response;
}

Answer rotate(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::RotationRequest>(call);
  if (!request) return propagate(std::move(request));
  identity::RotationOrder order;
  const bool is_routine = request->kind == v1::RotationKind::routine;
  order.kind = is_routine ? identity::RotationKind::routine : identity::RotationKind::emergency;
  order.reason = request->reason;
  if (is_routine) order.soak = kUsualSoak;
  if (request->soak_seconds) order.soak = std::chrono::seconds(*request->soak_seconds);
  order.board_cut_off = request->board_cut_off;
  const auto begun = parts.identity.authority().rotate(order);
  if (!begun) return refuse_order(begun.error());
  call.object = "generation:" + std::to_string(begun->to.value());
  return describe(parts, Status::created);
}

Answer abort_rotation(Parts& parts, Call& call) {
  const auto ended = parts.identity.authority().abort();
  if (!ended) return refuse_order(ended.error());
  call.object = "generation:" + std::to_string(ended->to.value());
  return describe(parts, Status::ok);
}

Answer unlock(Parts& parts, Call& call) {
  const auto ended = parts.identity.unlock();
  if (!ended && ended.error().code == Errc::not_found) {
    return refuse(Status::conflict, "Nothing is locked.");
  }
  if (!ended) return refuse(ended);
  call.object = "generation:" + std::to_string(ended->generation.value());
  return describe(parts, Status::ok);
}

Answer distrust(Parts& parts, Call& call) {
  const auto id = generation_in(call);
  if (!id) return Unexpected<Problem>{id.error()};
  auto request = v1::read_body<v1::DistrustRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto done = parts.identity.authority().distrust(*id, request->board_cut_off);
  return done ? describe(parts, Status::ok) : refuse_order(done.error());
}

Answer destroy(Parts& parts, Call& call) {
  const auto id = generation_in(call);
  if (!id) return Unexpected<Problem>{id.error()};
  auto request = v1::read_body<v1::DestroyRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto done =
      parts.identity.authority().destroy(*id, static_cast<std::size_t>(request->known_devices));
  return done ? describe(parts, Status::ok) : refuse_order(done.error());
}

}  // namespace

void add_authority_routes(RouteList& routes, Parts& parts) {
  routes.add(
      Method::get, "/api/v1/ca", member(accounts::Scope::devices_read), "",
      [&parts](Call& call) { return describe(parts, Status::ok, call.caller.organisation); });
  routes.add(Method::get, "/api/v1/ca/generations/{number}/crl", anyone(), "",
             on(parts, revocation_list));
  routes.add(Method::get, "/admin/v1/ca", host_only(), "",
             [&parts](Call&) { return describe(parts, Status::ok); });
  routes.add(Method::post, "/admin/v1/ca/rotation", host_only(), "ca.rotate", on(parts, rotate));
  routes.add(Method::delete_, "/admin/v1/ca/rotation", host_only(), "ca.abort",
             on(parts, abort_rotation));
  routes.add(Method::delete_, "/admin/v1/ca/lockdown", host_only(), "ca.unlock", on(parts, unlock));
  routes.add(Method::post, "/admin/v1/ca/generations/{number}/distrust", grave(host_only()),
             "ca.distrust", on(parts, distrust));
  routes.add(Method::post, "/admin/v1/ca/generations/{number}/destroy", grave(host_only()),
             "ca.destroy", on(parts, destroy));
}

}  // namespace fastness::api
