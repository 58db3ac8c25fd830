// What the tables of identity hold, and what protects it. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::identity {

inline constexpr std::string_view kDataMap = R"(
identity_device        device            internal
identity_device        organisation      internal
identity_device        state             internal
identity_device        reason            personal
identity_device        since             internal
identity_device        pinned_key        open
identity_device        secret_hash       secret   keyed_hash
identity_device        secret_was_chosen internal
identity_device        removed_at        internal
identity_certificate   ledger_index      open
identity_certificate   entry             open
identity_certificate   leaf              open
identity_certificate   device            internal
identity_certificate   certificate       open
identity_certificate   revoked_at        open
identity_certificate   revoke_reason     personal
identity_certificate   serial            open
identity_ledger        only_row          internal
identity_ledger        origin            open
identity_ledger        signing_key       open
identity_renewal       device            internal
identity_renewal       old_leaf          open
identity_renewal       request           internal
identity_renewal       new_leaf          open
identity_renewal       at                internal
identity_key_change    device            internal
identity_key_change    state             internal
identity_key_change    old_key           open
identity_key_change    new_key           open
identity_key_change    old_leaf          open
identity_key_change    new_leaf          open
identity_key_change    request           internal
identity_key_change    at                internal
identity_alarm         number            internal
identity_alarm         kind              internal
identity_alarm         organisation      internal
identity_alarm         subject           internal
identity_alarm         response          internal
identity_alarm         first_at          internal
identity_alarm         last_at           internal
identity_alarm         uses              internal
identity_alarm_told    alarm             internal
identity_alarm_told    channel           internal
identity_alarm_message channel           internal
identity_alarm_message sent_at           internal
identity_rotation      number            internal
identity_rotation      kind              internal
identity_rotation      from_generation   internal
identity_rotation      to_generation     internal
identity_rotation      began_at          internal
identity_rotation      issue_at          internal
identity_rotation      board_cut_off     internal
identity_rotation      reason            internal
identity_rotation      step              internal
identity_rotation      ended_at          internal
identity_claim_code    id                internal
identity_claim_code    hash              secret   keyed_hash
identity_claim_code    organisation      internal
identity_claim_code    label             personal
identity_claim_code    hardware_id       personal
identity_claim_code    uses              internal
identity_claim_code    most_uses         internal
identity_claim_code    approval          internal
identity_claim_code    created_by        internal
identity_claim_code    created_at        internal
identity_claim_code    expires_at        internal
identity_claim_code    leaf_key          open
identity_claim_hardware code             internal
identity_claim_hardware hardware_id      personal
identity_claim         id                internal
identity_claim         code              internal
identity_claim         key               open
identity_claim         hardware_id       personal
identity_claim         device            internal
identity_claim         state             internal
identity_claim         address           personal
identity_claim         made_at           internal
identity_forgery       generation        internal
identity_forgery       uses              internal
identity_forgery       first_at          internal
identity_forgery       last_at           internal
identity_lockdown      number            internal
identity_lockdown      generation        internal
identity_lockdown      began_at          internal
identity_lockdown      ended_at          internal
)";

}  // namespace fastness::identity
