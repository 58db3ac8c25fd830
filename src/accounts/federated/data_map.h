// What the table of linked sign-ins holds: nothing that opens anything. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kLinkDataMap = R"(
linked_sign_in id             internal
linked_sign_in user           internal
linked_sign_in issuer         internal
linked_sign_in provider       internal
linked_sign_in subject_index  personal blind_index
linked_sign_in sealed_subject personal sealed
linked_sign_in created_at     internal
linked_sign_in last_used_at   internal
)";

}  // namespace fastness::accounts
