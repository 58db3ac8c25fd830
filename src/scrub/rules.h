// What becomes of each column when an instance is copied into another environment. The statements
// in scrub.cc do it; a test fails on a column without a rule, on a rule that is not what they do,
// and on anything personal or secret that is kept.
//
//   kept     as it was
//   made_up  something else in its place, which says nothing
//   emptied  as in a row of which that is not known
//   gone     no row of the table comes along (its column is *)
#pragma once

#include <string_view>

namespace fastness::scrub {

inline constexpr std::string_view kRules = R"(
storage_migration component   kept
storage_migration number      kept
storage_migration fingerprint kept
organisation id               kept
organisation name             made_up
organisation created_at       kept
user         id               kept
user         organisation     kept
user         created_at       kept
user         sealed_email     emptied
user         email_index      made_up
user         salt             emptied
user         password         emptied
user         password_passes  emptied
user         password_kib     emptied
user         factor_reset_at  emptied
user         works_in         emptied
user         language         emptied
member       organisation     kept
member       user             kept
member       role             kept
member       since            kept
member       things           kept
device       id                       kept
device       organisation             kept
device       created_by               kept
device       name                     made_up
device       type                     kept
device       fqbn                     kept
device       serial                   emptied
device       connection_type          kept
device       unique_hardware_id       emptied
device       wifi_fw_version          kept
device       ble_mac                  emptied
device       reported_lib_version     kept
device       reported_wifi_fw_version kept
device       reported_sketch_sha256   kept
device       network                  emptied
device       created_at               kept
device       updated_at               kept
device       deleted_at               kept
thing        id               kept
thing        organisation     kept
thing        created_by       kept
thing        name             made_up
thing        timezone         made_up
thing        webhook_uri      emptied
thing        webhook_active   emptied
thing        assistant        kept
thing        device           kept
thing        created_at       kept
thing        updated_at       kept
thing        deleted_at       kept
property     id               kept
property     thing            kept
property     series           kept
property     name             made_up
property     variable_name    made_up
property     type             kept
property     permission       kept
property     update_strategy  kept
property     update_parameter kept
property     min_value        kept
property     max_value        kept
property     persist          kept
property     wire_id          kept
property     created_at       kept
property     updated_at       kept
property     deleted_at       kept
series       next             kept
identity_device device            kept
identity_device organisation      kept
identity_device state             kept
identity_device reason            emptied
identity_device since             kept
identity_device pinned_key        emptied
identity_device secret_hash       emptied
identity_device secret_was_chosen emptied
identity_device removed_at        kept
session                * gone
factor                 * gone
recovery_code          * gone
api_key                * gone
api_key_network        * gone
setup_link             * gone
invitation             * gone
former_home            * gone
passkey                * gone
linked_sign_in         * gone
operator               * gone
access_grant           * gone
access_signature       * gone
break_glass_code       * gone
order_guard            * gone
order_signature        * gone
known_place            * gone
suspension             * gone
leak_reports           * gone
erasure                * gone
account_news           * gone
account_news_mail      * gone
account_stay           * gone
reading_habit          * gone
disposal               * gone
audit_entry            * gone
audit_checkpoint       * gone
identity_certificate   * gone
identity_ledger        * gone
identity_renewal       * gone
identity_key_change    * gone
identity_alarm         * gone
identity_alarm_told    * gone
identity_alarm_message * gone
identity_rotation      * gone
identity_claim_code    * gone
identity_claim_hardware * gone
identity_claim         * gone
identity_forgery       * gone
identity_lockdown      * gone
incident_restriction   * gone
incident_switch        * gone
incident_record        * gone
incident_statement     * gone
incident_letter        * gone
incident_step          * gone
device_tag             * gone
device_connection      * gone
thing_tag              * gone
upkeep_backup          * gone
upkeep_test_restore    * gone
)";

}  // namespace fastness::scrub
