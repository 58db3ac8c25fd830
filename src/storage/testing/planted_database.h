// For tests that look for what must not be in a database: something to be found in every column.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/secret/secret_bytes.h"

namespace fastness::storage::testing {

// By table and column. A number is its digits.
using Planted = std::map<std::pair<std::string, std::string>, std::string>;

// Puts one row into every table of the database, in which each column has a value that no other
// has; only what refers to another row says the same as that. Fails the test if it cannot.
Planted plant_everywhere(const std::filesystem::path& path, const crypto::SecretBytes& key);

using Row = std::map<std::string, std::optional<std::string>>;
// Every table with its rows, as SQLite gives them out.
std::map<std::string, std::vector<Row>> read_everything(const std::filesystem::path& path,
                                                        const crypto::SecretBytes& key);

}  // namespace fastness::storage::testing
