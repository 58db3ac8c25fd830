// The rows of the policy table, family by family. `parts` and `live` must outlive the handlers.
#pragma once

#include "api/access/policy.h"
#include "api/parts.h"

namespace fastness::api {

class Live;
}  // namespace fastness::api

namespace fastness::audit {
class AccessTally;
}

namespace fastness::api {

// src/api/v1: our own API.
void add_session_routes(RouteList& routes, Parts& parts);
void add_person_routes(RouteList& routes, Parts& parts);
void add_passkey_routes(RouteList& routes, Parts& parts);
void add_home_routes(RouteList& routes, Parts& parts, const Live& live);
void add_device_routes(RouteList& routes, Parts& parts);
void add_identity_routes(RouteList& routes, Parts& parts);
void add_ledger_routes(RouteList& routes, Parts& parts);
void add_thing_routes(RouteList& routes, Parts& parts);
void add_history_routes(RouteList& routes, Parts& parts);
void add_key_routes(RouteList& routes, Parts& parts);
void add_leak_routes(RouteList& routes, Parts& parts);
void add_audit_routes(RouteList& routes, Parts& parts, const audit::AccessTally& accesses);
void add_live_routes(RouteList& routes, Live& live);
void add_public_status_routes(RouteList& routes, Parts& parts);

// src/api/account: what a person may ask of their own data, and the host for them.
void add_account_routes(RouteList& routes, Parts& parts);
void add_admin_user_routes(RouteList& routes, Parts& parts);
void add_admin_account_routes(RouteList& routes, Parts& parts);

// src/api/providers: signing in by an identity provider.
void add_provider_routes(RouteList& routes, Parts& parts);

// src/api/people: who is in an organisation, and who is asked in.
void add_people_routes(RouteList& routes, Parts& parts);
void add_invitation_routes(RouteList& routes, Parts& parts);

// src/api/staff: the operators of this server, whom they are let in by, and which orders of the
// host need two of them.
void add_operator_routes(RouteList& routes, Parts& parts);
void add_support_access_routes(RouteList& routes, Parts& parts);
void add_operator_admin_routes(RouteList& routes, Parts& parts);
void add_order_routes(RouteList& routes, Parts& parts);

// src/api/iot: compatible with the Arduino IoT Cloud API.
void add_token_routes(RouteList& routes, Parts& parts);
void add_iot_device_routes(RouteList& routes, Parts& parts);
void add_iot_certificate_routes(RouteList& routes, Parts& parts);
void add_iot_thing_routes(RouteList& routes, Parts& parts);
void add_iot_property_routes(RouteList& routes, Parts& parts);
void add_iot_tag_routes(RouteList& routes, Parts& parts);
void add_iot_value_routes(RouteList& routes, Parts& parts);
void add_iot_value_history_routes(RouteList& routes, Parts& parts);
void add_iot_series_routes(RouteList& routes, Parts& parts);
void add_iot_catalogue_routes(RouteList& routes, Parts& parts);

// src/api/est: enrolment over secure transport (RFC 7030).
void add_est_routes(RouteList& routes, Parts& parts);

// src/api/admin: the admin socket.
void add_admin_routes(RouteList& routes, Parts& parts);
void add_vault_routes(RouteList& routes, Parts& parts);
void add_backup_routes(RouteList& routes, Parts& parts);
void add_restriction_routes(RouteList& routes, Parts& parts);

// src/api/incident: the same socket; what was wrong, and whom it concerns.
void add_incident_record_routes(RouteList& routes, Parts& parts);
void add_evidence_routes(RouteList& routes, Parts& parts, audit::AccessTally& accesses);
void add_letter_routes(RouteList& routes, Parts& parts, audit::AccessTally& accesses);
void add_affected_routes(RouteList& routes, Parts& parts, audit::AccessTally& accesses);

// src/api/claims: the codes and certificates by which devices come in, and who waits.
void add_claim_routes(RouteList& routes, Parts& parts);
void add_claim_certificate_routes(RouteList& routes, Parts& parts);

// src/api/authority: for members to read, for the host to move.
void add_authority_routes(RouteList& routes, Parts& parts);
void add_status_routes(RouteList& routes, Parts& parts);
void add_root_routes(RouteList& routes, Parts& parts);

// src/api/reports: what browsers say of our pages.
void add_browser_report_routes(RouteList& routes, Parts& parts);

// src/api/checks: the security check-up.
void add_check_routes(RouteList& routes, Parts& parts);
void add_contact_routes(RouteList& routes, Parts& parts);

}  // namespace fastness::api
