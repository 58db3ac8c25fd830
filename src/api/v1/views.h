// Domain objects as /api/v1 shows them. The schemas are in api/openapi.yaml.
#pragma once

#include "accounts/accounts.h"
#include "api/parts.h"
#include "audit/audit_log.h"
#include "identity/claims/claim.h"
#include "identity/identity.h"
#include "json/writer.h"
#include "things/devices.h"
#include "things/last_values.h"
#include "things/things.h"

namespace fastness::api::v1 {

[[nodiscard]] std::string_view to_text(things::DeviceStatus status);

void write(json::Writer& out, const Parts& parts, const things::Device& device);
void write(json::Writer& out, const identity::CertificateRecord& record);
void write(json::Writer& out, const things::Connection& connection);

// With its properties and their last values.
void write(json::Writer& out, const Parts& parts, const things::Thing& thing);
void write(json::Writer& out, const Parts& parts, const things::Property& property);
void write(json::Writer& out, const things::PropertyType& type);

// With what has become of it at `now`.
void write(json::Writer& out, const accounts::ApiKey& key, Timestamp now);

// A claim code, or a claim certificate.
void write(json::Writer& out, const identity::ClaimCode& code);

// The members that follow, of an object that is begun.
void write_members(json::Writer& out, const identity::ClaimCode& code);
void write_members(json::Writer& out, const accounts::Sessions::Listed& session);
void write_members(json::Writer& out, const accounts::Passkey& passkey);
void write_members(json::Writer& out, const accounts::LinkedSignIn& linked);
void write_members(json::Writer& out, const audit::Event& event);

// A sentence about why a connection ended, for its owner.
[[nodiscard]] std::string explain(things::DisconnectReason reason, const std::string& detail);

}  // namespace fastness::api::v1
