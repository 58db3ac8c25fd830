#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "os/files/file_stamp.h"
#include "tls/context/credential.h"
#include "vault_ipc/client.h"

namespace fastness::hub {

// What our listeners show, and when to ask for the next.
struct ServerCredentials {
  std::vector<tls::Credential> credentials;  // the ECDSA one, then the RSA one if there is any
  std::vector<std::string> names;            // that the vault's certificate covers
  std::optional<Timestamp> renew_at;         // of the vault's certificate; absent if there is none
  std::vector<os::FileStamp> files;          // what was read, as it was then
};

// Credentials from the configured files, or a fresh P-256 key certified by the vault: the key
// lives in this process only and is never written, so a stolen disk holds no TLS key. An RSA
// credential, from files or of our own, is added if asked for.
[[nodiscard]] Result<ServerCredentials> make_server_credentials(
    const config::Config::Server& server, vault_ipc::Client& vault);

// The certificate and key files as they are now. A file that cannot be looked at has the stamp of
// none: reading it will say what is wrong.
[[nodiscard]] std::vector<os::FileStamp> stamps_of(const config::Config::Server& server);

// Whether making them anew would make others: the vault's certificate is due, or a file changed.
[[nodiscard]] bool is_due(const ServerCredentials& credentials,
                          const config::Config::Server& server, Timestamp now);

// The names that a certificate covers for the configured host names: each H also as wss.H and
// mqtts-up.H, since clients of the Arduino family put those in front. Localhost and the loopback
// addresses are always among them, and this machine's name if none is configured.
[[nodiscard]] std::vector<std::string> certificate_names(
    const std::vector<std::string>& configured);

}  // namespace fastness::hub
