// Where each sealed field lies, and what else is on the disk. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::keys {

// Outside the control database: the families of the key-value store, and the journal's segments.
//
//   sealed   a field of ContentKeys, which dies with its owner's share
//   wrapped  under a key that the vault wraps: content keys for their organisation, a segment's key
//            for as long as the segment is
inline constexpr std::string_view kDataMap = R"(
content_keys     secret   wrapped
last_values      personal sealed
history_points   personal sealed
history_hours    personal sealed
history_minutes  personal sealed
history_accounts internal
gateway_sessions personal sealed
journal          personal wrapped
)";

// Every field of kFields: the column or family that holds it, or that none does yet.
inline constexpr std::string_view kFieldMap = R"(
user_email        user.sealed_email
user_name         none
user_subject      linked_sign_in.sealed_subject
organisation_name none
api_key_name      none
device_record     none
device_network    device.network
device_connection none
thing_record      none
property_record   none
last_value        last_values
history_points    history_points
history_hours     history_hours
history_minutes   history_minutes
retained_message  gateway_sessions
session_state     gateway_sessions
queued_message    none
audit_entry       audit_entry.sealed
user_factor       factor.sealed_secret
web_session       session.sealed_visitor
account_news      account_news.sealed_visitor
invitation_email  invitation.sealed_email
account_stay      account_stay.sealed_region
)";

}  // namespace fastness::keys
