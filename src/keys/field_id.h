#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace fastness::keys {

// What a content key is for: reading one class needs an unwrap that opens no other. The numbers
// are on disk: add at the end, never change or reuse one.
enum class DataClass : std::uint8_t {
  account = 1,   // people: e-mail, name, identity-provider subject
  registry = 2,  // what owners call and tell about devices and things
  value = 3,     // last values
  history = 4,   // points and roll-ups
  message = 5,   // retained messages, session queues
  audit = 6,     // who did what
};

// Which field of which kind of row a ciphertext is. Part of what is authenticated, so that a
// ciphertext moved to another field does not open. The numbers are on disk: add at the end, never
// change or reuse one. Tables and columns may be renamed freely; these may not be renumbered.
enum class FieldId : std::uint16_t {
  user_email = 1,
  user_name = 2,
  user_subject = 3,
  organisation_name = 4,
  api_key_name = 5,
  device_record = 6,
  device_network = 7,
  device_connection = 8,
  thing_record = 9,
  property_record = 10,
  last_value = 11,
  history_points = 12,
  history_hours = 13,
  history_minutes = 14,
  retained_message = 15,
  session_state = 16,
  queued_message = 17,
  audit_entry = 18,
  user_factor = 19,
  web_session = 20,
  account_news = 21,
  invitation_email = 22,
  account_stay = 23,
};

struct Field {
  FieldId id;
  DataClass data_class;
  std::string_view name;  // for error messages
};

// Every field there is, in the order of its number.
inline constexpr std::array kFields{
    Field{FieldId::user_email, DataClass::account, "user_email"},
    Field{FieldId::user_name, DataClass::account, "user_name"},
    Field{FieldId::user_subject, DataClass::account, "user_subject"},
    Field{FieldId::organisation_name, DataClass::account, "organisation_name"},
    Field{FieldId::api_key_name, DataClass::account, "api_key_name"},
    Field{FieldId::device_record, DataClass::registry, "device_record"},
    Field{FieldId::device_network, DataClass::registry, "device_network"},
    Field{FieldId::device_connection, DataClass::registry, "device_connection"},
    Field{FieldId::thing_record, DataClass::registry, "thing_record"},
    Field{FieldId::property_record, DataClass::registry, "property_record"},
    Field{FieldId::last_value, DataClass::value, "last_value"},
    Field{FieldId::history_points, DataClass::history, "history_points"},
    Field{FieldId::history_hours, DataClass::history, "history_hours"},
    Field{FieldId::history_minutes, DataClass::history, "history_minutes"},
    Field{FieldId::retained_message, DataClass::message, "retained_message"},
    Field{FieldId::session_state, DataClass::message, "session_state"},
    Field{FieldId::queued_message, DataClass::message, "queued_message"},
    Field{FieldId::audit_entry, DataClass::audit, "audit_entry"},
    Field{FieldId::user_factor, DataClass::account, "user_factor"},
    Field{FieldId::web_session, DataClass::account, "web_session"},
    Field{FieldId::account_news, DataClass::account, "account_news"},
    Field{FieldId::invitation_email, DataClass::account, "invitation_email"},
    Field{FieldId::account_stay, DataClass::account, "account_stay"},
};

// The registry's line for a field.
[[nodiscard]] constexpr const Field& field(FieldId id) {
  return kFields[static_cast<std::size_t>(id) - 1];
}

}  // namespace fastness::keys
