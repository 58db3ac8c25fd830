#include "api/account/account_export.h"

#include <utility>
#include <vector>

#include "accounts/accounts.h"
#include "api/people/given_things.h"
#include "api/staff/access_view.h"
#include "api/staff/order_view.h"
#include "api/v1/views.h"
#include "audit/audit_log.h"
#include "identity/identity.h"
#include "json/writer.h"
#include "things/devices.h"
#include "things/things.h"

namespace fastness::api {
namespace {

constexpr int kFormat = 1;

// Where they came in from last, for as long as that is kept.
Result<void> write_last_place(json::Writer& out, Parts& parts, const accounts::User& user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto stay, parts.accounts.travels().last(user));
  if (!stay) return {};
  out.begin_object("last_place");
  out.field("latitude", stay->region.latitude);
  out.field("longitude", stay->region.longitude);
  out.field("at", stay->at);
  out.end_object();
  return {};
}

// If the host's owner keeps them out, since when and in whose words.
void write_suspension(json::Writer& out, const Parts& parts, const accounts::User& user) {
  const accounts::Suspension* suspension = parts.accounts.suspensions().find(user.id);
  if (suspension == nullptr) return;
  out.begin_object("suspended");
  out.field("since", suspension->since);
  out.field("reason", suspension->reason);
  out.end_object();
}

Result<void> write_person(json::Writer& out, Parts& parts, const accounts::User& user) {
  accounts::Users& users = parts.accounts.users();
  FASTNESS_ASSIGN_OR_RETURN(const std::string email, users.email(user.id));
  FASTNESS_ASSIGN_OR_RETURN(const auto language, users.language(user.id));
  FASTNESS_ASSIGN_OR_RETURN(const auto organisation, users.organisation(user.organisation));
  out.begin_object("person");
  out.field("id", user.id.value());
  out.field("email", email);
  out.field("created_at", user.created_at);
  out.field("has_password", user.has_password);
  out.field("language", to_text(language));
  FASTNESS_RETURN_IF_ERROR(write_last_place(out, parts, user));
  write_suspension(out, parts, user);
  out.end_object();
  out.begin_object("organisation");
  out.field("id", organisation.id.value());
  out.field("name", organisation.name);
  out.field("created_at", organisation.created_at);
  out.end_object();
  return {};
}

// Also those of others that they are in; what is in these is not theirs to take along.
Result<void> write_memberships(json::Writer& out, Parts& parts, const accounts::User& user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto memberships, parts.accounts.members().of_user(user.id));
  out.begin_array("organisations");
  for (const accounts::Membership& each : memberships) {
    FASTNESS_ASSIGN_OR_RETURN(const auto organisation,
                              parts.accounts.users().organisation(each.organisation));
    out.begin_object();
    out.field("id", each.organisation.value());
    out.field("name", organisation.name);
    out.field("role", to_text(each.role));
    out.field("since", each.since);
    write_given_things(out, parts, each.organisation, each.things);
    out.end_object();
  }
  out.end_array();
  return {};
}

Result<void> write_passkeys(json::Writer& out, const Parts& parts, const accounts::User& user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto passkeys, parts.accounts.passkeys().list(user.id));
  out.begin_array("passkeys");
  for (const accounts::Passkey& each : passkeys) {
    out.begin_object();
    v1::write_members(out, each);
    out.end_object();
  }
  out.end_array();
  return {};
}

// With what the provider calls them, where that can be read now.
Result<void> write_linked_sign_ins(json::Writer& out, const Parts& parts,
                                   const accounts::User& user) {
  accounts::LinkedSignIns& linked = parts.accounts.linked_sign_ins();
  FASTNESS_ASSIGN_OR_RETURN(const auto all, linked.list(user.id));
  out.begin_array("linked_sign_ins");
  for (const accounts::LinkedSignIn& each : all) {
    out.begin_object();
    v1::write_members(out, each);
    if (const auto subject = linked.subject(each)) out.field("subject", *subject);
    out.end_object();
  }
  out.end_array();
  return {};
}

// What operators asked of their organisation; and of one, what they asked of others, and what they
// signed for the host.
Result<void> write_access(json::Writer& out, Parts& parts, const accounts::User& user) {
  accounts::AccessGrants& grants = parts.accounts.access_grants();
  FASTNESS_ASSIGN_OR_RETURN(const auto of_theirs, grants.of_organisation(user.organisation));
  FASTNESS_ASSIGN_OR_RETURN(const auto of_others, grants.of_operator(user.id));
  FASTNESS_ASSIGN_OR_RETURN(const auto orders, parts.accounts.host_orders().signatures_of(user.id));
  out.begin_object("support_access");
  write(out, parts, of_theirs);
  out.end_object();
  out.begin_object("as_operator");
  out.field("is_operator", parts.accounts.operators().has(user.id));
  write(out, parts, of_others);
  out.begin_array("signed_orders");
  for (const auto& [id, made] : orders) write(out, id, made);
  out.end_array();
  out.end_object();
  return {};
}

void write_credentials(json::Writer& out, const Parts& parts, const accounts::User& user) {
  const auto sessions = parts.accounts.sessions().list(user.id);
  out.begin_array("sessions");
  for (const auto& each : sessions) {
    out.begin_object();
    v1::write_members(out, each);
    out.end_object();
  }
  out.end_array();
  out.begin_array("api_keys");
  for (const accounts::ApiKey& key : parts.accounts.api_keys().list(user.organisation)) {
    v1::write(out, key, parts.clock.now());
  }
  for (const accounts::ApiKey& key : parts.accounts.api_keys().list_of(user.id)) {
    if (key.organisation != user.organisation) v1::write(out, key, parts.clock.now());
  }
  out.end_array();
}

Result<void> write_device(json::Writer& out, Parts& parts, const things::Device& device) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto connections,
      parts.devices.connections(device.organisation, device.id, things::Devices::kMaxConnections));
  out.begin_object();
  out.key("device");
  v1::write(out, parts, device);
  out.begin_array("connections");
  for (const things::Connection& connection : connections) v1::write(out, connection);
  out.end_array();
  // A board that never said has none; a sealed one that does not open now is left out.
  if (const auto network = parts.devices.network(device.organisation, device.id)) {
    out.begin_object("network");
    out.field("kind", network->kind);
    out.field("detail", network->detail);
    out.end_object();
  }
  const auto certificates = parts.identity.certificates(device.organisation, device.id);
  out.begin_array("certificates");
  if (certificates) {
    for (const identity::CertificateRecord& each : *certificates) v1::write(out, each);
  }
  out.end_array();
  out.end_object();
  return {};
}

Result<void> write_claims(json::Writer& out, Parts& parts, OrganisationId organisation) {
  identity::Claims& claims = parts.identity.claims();
  FASTNESS_ASSIGN_OR_RETURN(const auto codes, claims.list(organisation));
  FASTNESS_ASSIGN_OR_RETURN(const auto certificates, claims.certificates(organisation));
  out.begin_array("claim_codes");
  for (const identity::ClaimCode& each : codes) v1::write(out, each);
  out.end_array();
  out.begin_array("claim_certificates");
  for (const identity::ClaimCode& each : certificates) v1::write(out, each);
  out.end_array();
  return {};
}

// Values over time are too many for one document: each property's is a download of its own.
void write_history(json::Writer& out, const Parts& parts, OrganisationId organisation) {
  out.begin_array("history");
  for (const things::Thing* thing : parts.things.list(organisation)) {
    for (const things::Property* property : parts.things.properties(organisation, thing->id)) {
      const std::string id = property->id.value().to_text();
      out.begin_object();
      out.field("property_id", property->id.value());
      out.field("thing", thing->said.name);
      out.field("property", property->said.name);
      out.field("csv", "/api/v1/properties/" + id + "/history.csv?from=1970-01-01T00:00:00Z");
      out.end_object();
    }
  }
  out.end_array();
}

std::string entry_text(const audit::Entry& entry) {
  json::Writer out;
  out.begin_object();
  out.field("seq", entry.seq);
  out.field("time", entry.time);
  v1::write_members(out, entry.event);
  out.end_object();
  return std::move(out).text();
}

}  // namespace

// Without its end: the trail follows.
Result<std::string> AccountExport::records() const {
  const OrganisationId organisation = user_.organisation;
  json::Writer out;
  out.begin_object();
  out.field("format", kFormat);
  out.field("exported_at", parts_.clock.now());
  FASTNESS_RETURN_IF_ERROR(write_person(out, parts_, user_));
  FASTNESS_RETURN_IF_ERROR(write_memberships(out, parts_, user_));
  FASTNESS_RETURN_IF_ERROR(write_passkeys(out, parts_, user_));
  FASTNESS_RETURN_IF_ERROR(write_linked_sign_ins(out, parts_, user_));
  FASTNESS_RETURN_IF_ERROR(write_access(out, parts_, user_));
  write_credentials(out, parts_, user_);
  out.begin_array("devices");
  for (const things::Device* device : parts_.devices.list(organisation, things::Deleted::shown)) {
    FASTNESS_RETURN_IF_ERROR(write_device(out, parts_, *device));
  }
  out.end_array();
  out.begin_array("things");
  for (const things::Thing* thing : parts_.things.list(organisation, things::Deleted::shown)) {
    v1::write(out, parts_, *thing);
  }
  out.end_array();
  FASTNESS_RETURN_IF_ERROR(write_claims(out, parts_, organisation));
  write_history(out, parts_, organisation);
  return std::move(out).text() + ",\"audit\":[";
}

std::string AccountExport::audit_page() {
  const auto entries = parts_.audit.list(user_.organisation, audit::AuditLog::kMaxPage, before_);
  if (!entries) {
    step_ = Step::done;
    return R"(],"audit_is_cut_short":true})";
  }
  std::string page;
  for (const audit::Entry& entry : *entries) {
    if (!std::exchange(is_first_entry_, false)) page += ',';
    page += entry_text(entry);
    before_ = entry.seq;
  }
  // Entries that were erased are left out, so only an empty page is the last.
  if (entries->empty()) {
    step_ = Step::done;
    page += R"(],"audit_is_cut_short":false})";
  }
  return page;
}

Result<std::optional<std::string>> AccountExport::next() {
  switch (step_) {
    case Step::records: {
      FASTNESS_ASSIGN_OR_RETURN(std::string begin, records());
      step_ = Step::audit;
      return std::optional(std::move(begin));
    }
    case Step::audit:
      return std::optional(audit_page());
    case Step::done:
      break;
  }
  return std::optional<std::string>();
}

}  // namespace fastness::api
