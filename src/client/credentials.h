#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "client/connection/transport.h"
#include "tls/context/credential.h"

namespace fastness::client {

// What `fastness login` keeps: which server, whom to trust for it, and an API key.
struct Credentials {
  Address server;
  std::string anchors_pem;  // empty: the system's own anchors
  std::string client_id;
  std::string client_secret;
};

// Reads `https://host:port`; the port may be left out. `invalid_argument` for anything else, above
// all plain http.
[[nodiscard]] Result<Address> parse_server(std::string_view url);
[[nodiscard]] std::string server_url(const Address& server);

// The contents of such a file. `invalid_argument` for anything but what `save_credentials` writes.
[[nodiscard]] Result<Credentials> parse_credentials(std::string_view text);

// `not_found` if there is no file, `permission_denied` if others can read it, `corrupted` if it is
// not what `save_credentials` writes.
[[nodiscard]] Result<Credentials> load_credentials(const std::filesystem::path& file);

// Makes the folder with mode 0700 if it is missing and replaces the file, mode 0600.
[[nodiscard]] Result<void> save_credentials(const std::filesystem::path& file,
                                            const Credentials& credentials);

// Writes a file with mode 0600 from its first byte on; replaces one that is there.
[[nodiscard]] Result<void> write_private_file(const std::filesystem::path& file,
                                              std::string_view contents);

// The anchors of `pem`, or the system's if it is empty, as a context that shows `shown` if the
// server asks for a certificate.
[[nodiscard]] Result<std::shared_ptr<const tls::ClientContext>> trusting(
    const std::string& pem, std::optional<tls::Credential> shown = std::nullopt);

// Reads a whole file of at most 16 MiB.
[[nodiscard]] Result<std::string> read_text_file(const std::filesystem::path& file);

}  // namespace fastness::client
