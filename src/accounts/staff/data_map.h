// What the tables of operators and their access hold. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kStaffDataMap = R"(
operator          user               internal
operator          since              internal
access_grant      id                 internal
access_grant      organisation       internal
access_grant      operator           internal
access_grant      scopes             internal
access_grant      minutes            internal
access_grant      reason             personal
access_grant      state              internal
access_grant      asked_at           internal
access_grant      until              internal
access_grant      granted_by         internal
access_grant      decided_by         internal
access_grant      granted_at         internal
access_signature  access_grant       internal
access_signature  deed               internal
access_signature  user               internal
access_signature  at                 internal
access_signature  statement          personal
access_signature  algorithm          internal
access_signature  public_key         internal
access_signature  client_data        internal
access_signature  authenticator_data internal
access_signature  signature          internal
break_glass_code  digest             secret   keyed_hash
break_glass_code  made_at            internal
)";

}  // namespace fastness::accounts
