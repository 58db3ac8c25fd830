// What the table of passkeys holds: nothing that opens anything. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kPasskeyDataMap = R"(
passkey      id               internal
passkey      user             internal
passkey      credential       internal
passkey      party            internal
passkey      name             personal
passkey      algorithm        internal
passkey      public_key       internal
passkey      counter          internal
passkey      is_eligible      internal
passkey      is_backed_up     internal
passkey      created_at       internal
passkey      last_used_at     internal
passkey      doubted_at       internal
)";

}  // namespace fastness::accounts
