// Making a claim certificate: the key stays here, the server gets to know its public half.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"

namespace fastness::client {

// A certificate of `key` that it signs itself for an organisation, PEM: what a server registers.
// `common_name` is the organisation's id. `invalid_argument` if that cannot stand in a certificate.
[[nodiscard]] Result<std::string> make_claim_certificate(const crypto::PrivateKey& key,
                                                         const std::string& common_name,
                                                         Timestamp not_before, Timestamp not_after);

// Where the two are in a folder: DIR/claim.key (0600), DIR/claim.crt.
[[nodiscard]] std::filesystem::path claim_key_path(const std::filesystem::path& folder);
[[nodiscard]] std::filesystem::path claim_certificate_path(const std::filesystem::path& folder);

// Makes a key and its certificate in the folder, which it makes with mode 0700 if it is missing;
// returns the certificate. `already_exists` if the folder has a claim key.
[[nodiscard]] Result<std::string> make_claim_folder(const std::filesystem::path& folder,
                                                    const std::string& common_name,
                                                    Timestamp not_before, Timestamp not_after);

}  // namespace fastness::client
