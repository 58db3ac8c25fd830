// What the tables of accounts hold, and what protects it. See storage/data_map.h.
#pragma once

#include <string_view>

namespace fastness::accounts {

inline constexpr std::string_view kDataMap = R"(
organisation id               internal
organisation name             personal
organisation created_at       internal
user         id               internal
user         organisation     internal
user         created_at       internal
user         sealed_email     personal sealed
user         email_index      personal blind_index
user         salt             internal
user         password         secret   keyed_hash
user         password_passes  internal
user         password_kib     internal
user         factor_reset_at  internal
user         works_in         internal
user         language         personal
session      digest           secret   keyed_hash
session      user             internal
session      organisation     internal
session      created_at       internal
session      last_used_at     internal
session      expires_at       internal
session      proved_at        internal
session      sealed_visitor   personal sealed
session      works_in         internal
session      linked_sign_in   internal
session      provider_session personal keyed_hash
session      strength         internal
member       organisation     internal
member       user             internal
member       role             internal
member       since            internal
member       things           internal
invitation   id               internal
invitation   organisation     internal
invitation   invited_by       internal
invitation   role             internal
invitation   sealed_email     personal sealed
invitation   email_index      personal blind_index
invitation   token            secret   keyed_hash
invitation   created_at       internal
invitation   expires_at       internal
invitation   things           internal
former_home  user             internal
former_home  organisation     internal
factor       user             internal
factor       sealed_secret    secret   sealed
factor       since            internal
factor       last_step        internal
recovery_code digest          secret   keyed_hash
recovery_code user            internal
api_key      client_id        open
api_key      secret           secret   keyed_hash
api_key      organisation     internal
api_key      user             internal
api_key      name             personal
api_key      scopes           internal
api_key      created_at       internal
api_key      expires_at       internal
api_key      last_used_at     internal
api_key      leaked_at        internal
api_key      previous_secret  secret   keyed_hash
api_key      previous_ends_at internal
api_key      networks         personal
api_key      use              internal
api_key      tripped_at       internal
api_key      tripped_from     personal
api_key      things           internal
api_key      ended_at         internal
api_key_network client_id     open
api_key_network network       personal keyed_hash
api_key_network since         internal
setup_link   digest           secret   keyed_hash
setup_link   user             internal
setup_link   expires_at       internal
known_place  place            personal keyed_hash
known_place  user             internal
known_place  kind             internal
known_place  last_used_at     internal
leak_reports one              internal
leak_reports count            internal
leak_reports last_at          internal
)";

}  // namespace fastness::accounts
