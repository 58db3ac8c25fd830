// What is printed about recovery kits: for a person, and for a program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vault/recovery/kit.h"
#include "vault/recovery/recovery.h"

namespace fastness::vault_app {

// "1 generation", "2 generations".
[[nodiscard]] std::string count_of(std::uint64_t count, const char* one, const char* many);

[[nodiscard]] std::string kit_as_text(const vault::KitHeader& header);
// `shares` are those of a kit that was just made; nothing else shows them.
[[nodiscard]] std::string kit_as_json(const vault::KitHeader& header,
                                      const std::vector<std::string>& shares);
[[nodiscard]] std::string rehearsal_as_json(const vault::Recovery::Rehearsal& done);

}  // namespace fastness::vault_app
