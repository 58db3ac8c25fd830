// What an account's owner reads of it, in lists and in the export alike.
#include "api/v1/views.h"
#include "base/bytes.h"

namespace fastness::api::v1 {

void write_members(json::Writer& out, const identity::ClaimCode& code) {
  out.field("id", code.id.value());
  out.field("label", code.label);
  out.field_if("hardware_id", code.hardware_id);
  if (code.certificate) {
    out.field("fingerprint", to_hex(code.certificate->leaf));
    out.field("key_sha256", to_hex(code.certificate->key));
    out.field("hardware_ids", code.certificate->hardware_ids);
  }
  out.field("uses", code.uses);
  out.field("most_uses", code.most_uses);
  out.field("approval", code.approval == identity::Approval::none ? "none" : "owner");
  out.field("created_at", code.created_at);
  out.field("expires_at", code.expires_at);
}

void write(json::Writer& out, const identity::ClaimCode& code) {
  out.begin_object();
  write_members(out, code);
  out.end_object();
}

void write_members(json::Writer& out, const accounts::Sessions::Listed& session) {
  out.field("created_at", session.session.created_at);
  out.field("last_used_at", session.session.last_used_at);
  out.field("expires_at", session.session.expires_at);
  out.field_if("address", session.visitor.address);
  out.field_if("browser", session.visitor.browser);
}

void write_members(json::Writer& out, const accounts::Passkey& passkey) {
  out.field("id", passkey.id.value());
  out.field("name", passkey.name);
  out.field("host", passkey.party);
  out.field("backed_up", passkey.credential.backup.is_backed_up);
  out.field("created_at", passkey.created_at);
  out.field_if("last_used_at", passkey.last_used_at);
  out.field_if("doubted_at", passkey.doubted_at);
}

void write_members(json::Writer& out, const accounts::LinkedSignIn& linked) {
  out.field("id", linked.id.value());
  out.field("provider", linked.provider);
  out.field("issuer", linked.issuer);
  out.field("created_at", linked.created_at);
  out.field_if("last_used_at", linked.last_used_at);
}

void write_members(json::Writer& out, const audit::Event& event) {
  out.field("actor", event.actor);
  out.field("action", event.action);
  out.field("object", event.object);
  out.field_if("address", event.address);
  out.field("result", event.result);
  out.field_if("request_id", event.request);
  out.field_if("session", event.session);
  if (event.count != 1) out.field("count", event.count);
}

}  // namespace fastness::api::v1
