#include "api/staff/order_words.h"

#include <algorithm>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/v1/body.h"
#include "base/minute_text.h"
#include "json/time_text.h"

namespace fastness::api {
namespace {

using http::Status;

struct Said {
  std::string object;
  std::string detail;
  std::string words;
};
using Description = Result<Said, Problem>;

// Words about somebody, around their address.
Description about(Parts& parts, Call& call, const std::string& email, const std::string& before,
                  const std::string& after) {
  const auto user = parts.accounts.users().find_by_email(email);
  if (!user) return refuse(Status::not_found, "Nobody has this address.", "email");
  call.audit_organisation = user->organisation;
  return Said{"user:" + user->id.value().to_text(), "", before + email + after};
}

template <typename Request>
Description about_user(Parts& parts, Call& call, const char* before, const char* after) {
  const auto request = v1::read_body<Request>(call);
  if (!request) return Unexpected<Problem>{request.error()};
  return about(parts, call, request->email, before, after);
}

Description link(Parts& parts, Call& call) {
  const auto request = v1::read_body<v1::SetupLinkRequest>(call);
  if (!request) return Unexpected<Problem>{request.error()};
  if (request->email) {
    return about(parts, call, *request->email, "Make a link by which ",
                 " chooses another password, whoever has the link");
  }
  FASTNESS_ASSIGN_OR_REFUSE(const auto newcomer, parts.accounts.users().only_newcomer());
  const std::string who = newcomer ? "user:" + newcomer->id.value().to_text() : "newcomer";
  return Said{who, "", "Make a link by which whoever has it sets this server up"};
}

Description reset(Parts& parts, Call& call) {
  return about_user<v1::ResetFactorsRequest>(
      parts, call, "Take the second factor, the passkeys and the linked sign-ins of ", " away");
}

Description erasure(Parts& parts, Call& call) {
  return about_user<v1::UserRequest>(
      parts, call, "Erase ", " with the organisation of theirs: devices, things, history and all");
}

Description new_operator(Parts& parts, Call& call) {
  return about_user<v1::UserRequest>(parts, call, "Make ", " an operator of this server");
}

Description former_operator(Parts& parts, Call& call) {
  return about_user<v1::UserRequest>(parts, call, "Let ", " be no operator any more");
}

Description codes(Parts& /*parts*/, Call& /*call*/) {
  return Said{"break_glass", "", "Make three codes to be sealed away, which end those of before"};
}

Description unguarded(Parts& /*parts*/, Call& /*call*/) {
  return Said{"guard", "", "Let the gravest orders of the host need nobody else any more"};
}

Result<std::string, Problem> generation_of(const Call& call) {
  const std::string_view number = call.request.parameters.find("number");
  const bool is_number = !number.empty() && number.size() <= 10 && number.front() != '0' &&
                         std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) return refuse(Status::not_found, "Generations have numbers from 1.");
  return std::string(number);
}

Description distrust_of_key(Parts& /*parts*/, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string number, generation_of(call));
  const auto request = v1::read_body<v1::DistrustRequest>(call);
  if (!request) return Unexpected<Problem>{request.error()};
  const auto& cut_off = request->board_cut_off;
  return Said{"generation:" + number,
              "boards come in until " + (cut_off ? json::to_time_text(*cut_off) : "ever"),
              "Give up the key of generation " + number +
                  " of the devices' authority; boards come " +
                  (cut_off ? "in by it until " + minute_text(*cut_off) : "in by it for ever")};
}

Description destruction_of_key(Parts& /*parts*/, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string number, generation_of(call));
  const auto request = v1::read_body<v1::DestroyRequest>(call);
  if (!request) return Unexpected<Problem>{request.error()};
  const std::string devices = std::to_string(request->known_devices);
  return Said{
      "generation:" + number, "devices that still come in by it: " + devices,
      "Destroy the key of generation " + number +
          " of the devices' authority for good; devices that still come in by it: " + devices};
}

Description new_roots(Parts& /*parts*/, Call& call) {
  const auto request = v1::read_body<v1::RootAnswer>(call);
  if (!request) return Unexpected<Problem>{request.error()};
  const std::string digest = to_hex(crypto::sha256(as_bytes(request->answer)));
  return Said{"server-roots", "answer, SHA-256: " + digest,
              "Take what a root of this server has signed, the file with the SHA-256 " + digest};
}

struct GraveOrder {
  std::string_view action;
  Description (*describe)(Parts&, Call&);
};

constexpr GraveOrder kGraveOrders[] = {
    {"ca.accept_root", new_roots},    {"ca.destroy", destruction_of_key},
    {"ca.distrust", distrust_of_key}, {"host.add_operator", new_operator},
    {"host.erase_user", erasure},     {"host.make_break_glass", codes},
    {"host.make_setup_link", link},   {"host.remove_operator", former_operator},
    {"host.reset_factors", reset},    {"host.unguard_orders", unguarded},
};

// The same whatever the order of an object's members.
json::Value in_order(const json::Value& value) {
  if (const auto* list = value.get<json::Array>()) {
    json::Array sorted;
    for (const json::Value& each : *list) sorted.push_back(in_order(each));
    return json::Value(std::move(sorted));
  }
  const auto* object = value.get<json::Object>();
  if (object == nullptr) return value;
  json::Object sorted;
  for (const auto& [name, member] : *object) sorted.emplace_back(name, in_order(member));
  std::ranges::sort(sorted, {}, &json::Member::first);
  return json::Value(std::move(sorted));
}

// Whom and what an address or a number meant is part of it: if that is another meanwhile, so is the
// order.
Result<crypto::Digest, Problem> digest_of(const Call& call, const Said& said) {
  const std::string& body = call.request.body;
  FASTNESS_ASSIGN_OR_REFUSE(const json::Value parsed, json::parse(body.empty() ? "{}" : body));
  json::Writer out;
  out.begin_array();
  out.value(to_text(call.request.method));
  out.value(call.request.path);
  out.value(in_order(parsed));
  out.value(said.object);
  out.value(said.detail);
  out.end_array();
  return crypto::sha256(as_bytes(out.text()));
}

}  // namespace

Result<accounts::HostRequest, Problem> describe_order(Parts& parts, const Route& route,
                                                      Call& call) {
  const auto* const known = std::ranges::find(kGraveOrders, route.audit, &GraveOrder::action);
  // A grave row without words is never run; a test says that there is none.
  if (known == std::end(kGraveOrders)) return refuse(Status::forbidden, {});
  FASTNESS_ASSIGN_OR_RETURN(Said said, known->describe(parts, call));
  call.object = said.object;
  FASTNESS_ASSIGN_OR_RETURN(const crypto::Digest content, digest_of(call, said));
  return accounts::HostRequest{std::string(route.audit), std::move(said.object),
                               std::move(said.detail), std::move(said.words), content};
}

}  // namespace fastness::api
