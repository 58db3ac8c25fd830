// What the tables of the host's orders hold. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kOrdersDataMap = R"(
order_guard      one                internal
order_guard      since              internal
order_signature  host_order         internal
order_signature  user               internal
order_signature  at                 internal
order_signature  statement          internal
order_signature  algorithm          internal
order_signature  public_key         internal
order_signature  client_data        internal
order_signature  authenticator_data internal
order_signature  signature          internal
)";

}  // namespace fastness::accounts
