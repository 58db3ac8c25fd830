#include "api/boards.h"
#include "api/v1/attention.h"
#include "api/v1/views.h"
#include "base/bytes.h"
#include "crypto/x509/certificate.h"

namespace fastness::api::v1 {
namespace {

void write_disconnect(json::Writer& out, const things::Connection& connection) {
  out.begin_object();
  out.field("time", *connection.disconnected_at);
  out.field("reason", things::to_text(connection.reason));
  out.field("detail", explain(connection.reason, connection.detail));
  out.end_object();
}

void write_key_change(json::Writer& out, const identity::KeyChange& change) {
  out.begin_object("key_change");
  out.field("state", identity::to_text(change.state));
  out.field("changed_at", change.at);
  out.field("undo_until", change.at + identity::kKeyChangeUndo);
  out.field("old_key_sha256", to_hex(change.old_key));
  out.field("new_key_sha256", to_hex(change.new_key));
  out.end_object();
}

void write_identity(json::Writer& out, const Parts& parts, const things::Device& device) {
  const auto identity = parts.identity.describe(device.organisation, device.id);
  const auto certificates = parts.identity.certificates(device.organisation, device.id);
  const bool has_certificate =
      certificates && !certificates->empty() && !certificates->front().revoked_at;
  const bool has_secret = identity && identity->has_secret;
  out.begin_object("identity");
  out.field("state", identity ? identity::to_text(identity->state) : "revoked");
  if (identity) {
    out.field_if("reason", identity->reason);
    out.field("since", identity->since);
  }
  out.field("auth", has_certificate ? "certificate" : has_secret ? "secret" : "none");
  if (certificates && !certificates->empty()) {
    out.key("certificate");
    write(out, certificates->front());
  }
  if (identity && identity->key_change) write_key_change(out, *identity->key_change);
  out.end_object();
}

void write_connection_state(json::Writer& out, const things::Device& device) {
  out.field_if("last_seen", device.last_activity_at);
  const auto& connection = device.connection;
  if (!connection) return;
  if (!connection->disconnected_at) {
    out.field("connected_at", connection->connected_at);
  } else {
    out.key("last_disconnect");
    write_disconnect(out, *connection);
  }
  out.field_if("remote", connection->remote);
  out.field_if("tls", connection->tls);
}

std::string sentence(things::DisconnectReason reason) {
  using Reason = things::DisconnectReason;
  switch (reason) {
    case Reason::none:
      return "It is connected.";
    case Reason::client_left:
      return "It said goodbye.";
    case Reason::connection_lost:
      return "The connection was lost.";
    case Reason::keep_alive:
      return "It fell silent: its power or its network went away.";
    case Reason::taken_over:
      return "It connected again, or another board used its identity.";
    case Reason::protocol_error:
      return "It sent something that is not MQTT.";
    case Reason::not_authorised:
      return "It used a topic that is not its own.";
    case Reason::revoked:
      return "Its identity was revoked or suspended.";
    case Reason::reattached:
      return "It was asked to fetch its new thing.";
    case Reason::rate_limited:
      return "It sent more than it may.";
    case Reason::server_stopped:
      return "The server was stopped.";
    case Reason::crashed:
      return "The server ended while it was connected.";
  }
  return {};
}

}  // namespace

std::string_view to_text(things::DeviceStatus status) {
  switch (status) {
    case things::DeviceStatus::never:
      return "never";
    case things::DeviceStatus::online:
      return "online";
    case things::DeviceStatus::offline:
      return "offline";
  }
  return "never";
}

std::string explain(things::DisconnectReason reason, const std::string& detail) {
  return detail.empty() ? sentence(reason) : sentence(reason) + " (" + detail + ")";
}

void write(json::Writer& out, const Parts& parts, const things::Device& device) {
  out.begin_object();
  out.field("id", device.id.value());
  out.field("name", device.said.name);
  out.field("type", device.said.type);
  out.field("label", board_label(device.said.type));
  out.field_if("fqbn", device.said.fqbn);
  out.field_if("serial", device.said.serial);
  out.begin_object("tags");
  for (const auto& [key, value] : device.said.tags) out.field(key, value);
  out.end_object();
  if (const auto* thing = parts.things.of_device(device.organisation, device.id)) {
    out.field("thing_id", thing->id.value());
    out.field("thing_name", thing->said.name);
  }
  out.field("status", to_text(device.status));
  out.field("created_at", device.created_at);
  write_connection_state(out, device);
  out.field_if("lib_version", device.reported.lib_version);
  // Only that dialect's boards tell the version of their library.
  if (!device.reported.lib_version.empty()) out.field("dialect", "arduino");
  write_identity(out, parts, device);
  if (const auto attention = attention_of(parts, device)) {
    out.key("attention");
    api::write(out, *attention);
  }
  out.end_object();
}

void write(json::Writer& out, const identity::CertificateRecord& record) {
  // The hub may never have received a certificate that the ledger has.
  const auto certificate = crypto::Certificate::parse(record.der);
  out.begin_object();
  out.field("fingerprint", to_hex(record.fingerprint));
  out.field("key_fingerprint", to_hex(record.entry.key));
  out.field("serial", certificate ? to_hex(certificate->serial()) : std::string());
  out.field("generation", record.entry.generation.value());
  out.field("profile", vault_ipc::to_text(record.entry.profile));
  out.field("not_before", certificate ? certificate->not_before() : record.entry.time);
  out.field("not_after", record.entry.not_after);
  out.field("ledger_index", record.entry.index);
  out.field("revoked", record.revoked_at.has_value());
  out.end_object();
}

void write(json::Writer& out, const things::Connection& connection) {
  out.begin_object();
  out.field("connected_at", connection.connected_at);
  out.field_if("remote", connection.remote);
  out.field_if("tls", connection.tls);
  if (connection.disconnected_at) {
    out.key("ended");
    write_disconnect(out, connection);
  }
  out.end_object();
}

}  // namespace fastness::api::v1
