#include "api/v1/passkey_use.h"

#include <algorithm>
#include <utility>

namespace fastness::api::v1 {

using http::Status;
using webauthn::RelyingParty;

Result<RelyingParty, Problem> party_of(const Parts& parts, const http::Request& request) {
  const bool is_plain = request.peer.channel == http::Channel::loopback;
  auto party = RelyingParty::of(is_plain ? RelyingParty::Scheme::http : RelyingParty::Scheme::https,
                                request.host.name, request.host.port);
  const auto names = parts.trust().names;
  if (party && std::ranges::find(names, party->id()) != names.end()) {
    return std::move(party).value();
  }
  return refuse(Status::conflict,
                "Passkeys belong to a name of this server. Open the console by its name, not by an "
                "address of numbers.");
}

Result<Bytes, Problem> read_bytes(const std::string& text, std::string field) {
  auto bytes = from_base64url(text);
  if (!bytes) {
    return refuse(Status::bad_request, "must be base64url without padding", std::move(field));
  }
  return std::move(bytes).value();
}

Result<accounts::RawPasskeyUse, Problem> read_passkey_use(const UsePasskeyRequest& request) {
  accounts::RawPasskeyUse raw;
  const std::pair<Bytes*, std::pair<const char*, std::string>> fields[] = {
      {&raw.credential, {"credential", request.credential}},
      {&raw.user_handle, {"user_handle", request.user_handle.value_or("")}},
      {&raw.client_data, {"client_data", request.client_data}},
      {&raw.authenticator_data, {"authenticator_data", request.authenticator_data}},
      {&raw.signature, {"signature", request.signature}}};
  for (const auto& [bytes, field] : fields) {
    auto read = read_bytes(field.second, field.first);
    if (!read) return propagate(std::move(read));
    *bytes = std::move(read).value();
  }
  return raw;
}

Result<accounts::RawPasskeyUse, Problem> read_passkey_use(const Call& call) {
  const auto request = read_body<UsePasskeyRequest>(call);
  if (!request) return Unexpected<Problem>{request.error()};
  return read_passkey_use(*request);
}

void write_members(json::Writer& out, const accounts::PasskeyOffer& offer,
                   const RelyingParty& party) {
  out.field("challenge", to_base64url(offer.challenge));
  out.field("host", party.id());
  out.field_if("user_handle", to_base64url(offer.user_handle));
  out.begin_array("credentials");
  for (const Bytes& each : offer.credentials) out.value(to_base64url(each));
  out.end_array();
  out.field("expires_at", offer.expires_at);
}

http::Response show_offer(const accounts::PasskeyOffer& offer, const RelyingParty& party) {
  auto response = object(Status::ok, [&](json::Writer& out) { write_members(out, offer, party); });
  response.headers.set("cache-control", "no-store");
  return response;
}

}  // namespace fastness::api::v1
