// The data map: what each column of the control database holds, and what protects it.
//
// Each component says it beside its migrations, in a `data_map.h`: one line a column, with the
// table, the column, how sensitive it is and, if that is more than the encryption of the whole
// file, what protects it. Tests open the whole schema and fail on a column without a line, on a
// line without a column, and on a secret that nothing but the file's encryption protects.
//
//   open      anybody may know it
//   internal  the instance's alone: numbers, states, times, hashes of what is no secret
//   personal  about a person, or what a person calls, places and writes
//   secret    who knows it can act as somebody
//
//   sealed       a field of keys::ContentKeys, which dies with its owner's share
//   keyed_hash   an HMAC under a key of the vault, or a password's hash under its pepper
//   blind_index  a keyed hash by which a row is found
#pragma once

#include <string_view>

namespace fastness::storage {

// Of the table that migrate() keeps for itself.
inline constexpr std::string_view kDataMap = R"(
storage_migration component   internal
storage_migration number      internal
storage_migration fingerprint internal
)";

}  // namespace fastness::storage
