// Roots that lie in files: reading them, and signing with them.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "arguments.h"
#include "crypto/secret/secret_bytes.h"
#include "vault/roots/sealed_root.h"
#include "vault/vault.h"

namespace fastness::vault_app {

// What is read while files outside may still be. None of it is believed, and no code was tried.
struct RootFiles {
  std::string request;  // of sign_root
  std::string answer;   // of accept_root
  std::vector<std::string> sealed;
  std::vector<crypto::SecretBytes> codes;
};

// Reads the files that the arguments name, then their codes. `not_found` names the file.
[[nodiscard]] Result<RootFiles> read_root_files(const Arguments& arguments);

// Opens a file to write. `already_exists` if there is one with something in it: it may be the last
// copy of a root.
[[nodiscard]] Result<std::ofstream> open_to_write(const std::filesystem::path& path);

// Seals a root of the vault into the file and says the code.
[[nodiscard]] Result<void> write_sealed_root(const vault::SealedRoot& taken, vault::RootRole role,
                                             std::ofstream& output);

// Opens the file and has the vault forget the root in it.
[[nodiscard]] Result<void> forget_root(vault::Vault& vault, const RootFiles& files);

// The ceremony of an instance that is stopped, or that cannot start before a root has signed:
// leaves the request in the vault's directory, or takes the answer in the file. fastnessd puts it
// into words; of a set that was taken it is told the number.
[[nodiscard]] Result<void> request_root(vault::Vault& vault, const Arguments& arguments);
[[nodiscard]] Result<void> accept_root(vault::Vault& vault, const RootFiles& files);

// Says what is asked for, asks whether to go on, signs, and writes what came of it. Nothing is
// written if the answer is no.
[[nodiscard]] Result<void> sign_with_files(const RootFiles& files, const Arguments& arguments,
                                           std::ofstream& output, const Clock& clock,
                                           Random& random);

}  // namespace fastness::vault_app
