#include "credentials/server_credentials.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <arpa/inet.h>
#include <unistd.h>

#include "base/fixed_limits.h"
#include "crypto/public_key/p256.h"
#include "crypto/public_key/rsa.h"
#include "os/files/file_system.h"

namespace fastness::hub {
namespace {

constexpr std::size_t kMaxPemBytes = fixed_limit("certificates.pem_bytes");
constexpr std::array<std::string_view, 2> kPrefixes{"wss.", "mqtts-up."};

bool is_address(const std::string& name) {
  std::array<std::uint8_t, sizeof(in6_addr)> buffer{};
  return inet_pton(AF_INET, name.c_str(), buffer.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), buffer.data()) == 1;
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Result<tls::Credential> read_pair(const std::string& certificate_file,
                                  const std::string& key_file) {
  os::PosixFileSystem files;
  FASTNESS_ASSIGN_OR_RETURN(const Bytes chain,
                            os::read_file(files, certificate_file, kMaxPemBytes));
  FASTNESS_ASSIGN_OR_RETURN(Bytes key, os::read_file(files, key_file, kMaxPemBytes));
  const crypto::SecretBytes secret = crypto::SecretBytes::take(key);
  return tls::Credential::from_pem(as_text(chain), as_text(secret.reveal()));
}

// Adds a credential for a key of our own, certified by the vault.
Result<void> add_certified(ServerCredentials& made, ByteView spki, crypto::SecretBytes pkcs8,
                           vault_ipc::Client& vault) {
  FASTNESS_ASSIGN_OR_RETURN(vault_ipc::IssuedServerCertificate issued,
                            vault.issue_server_certificate(made.names, to_bytes(spki)));
  made.credentials.push_back({std::move(issued.chain), std::move(pkcs8)});
  made.renew_at = made.renew_at ? std::min(*made.renew_at, issued.renew_at) : issued.renew_at;
  return {};
}

}  // namespace

std::vector<os::FileStamp> stamps_of(const config::Config::Server& server) {
  std::vector<os::FileStamp> stamps;
  for (const std::string& file : {server.certificate_file, server.key_file,
                                  server.rsa_certificate_file, server.rsa_key_file}) {
    const auto stamp = os::FileStamp::of(file);
    stamps.push_back(stamp ? *stamp : os::FileStamp());
  }
  return stamps;
}

std::vector<std::string> certificate_names(const std::vector<std::string>& configured) {
  std::vector<std::string> hosts = configured;
  if (hosts.empty()) {
    if (const std::string own = host_name(); !own.empty()) hosts.push_back(own);
  }
  // Whoever is on this machine reaches us so, whatever others call us.
  hosts.insert(hosts.end(), {"localhost", "127.0.0.1", "::1"});
  std::vector<std::string> names;
  for (const std::string& host : hosts) {
    names.push_back(host);
    if (is_address(host)) continue;
    for (const std::string_view prefix : kPrefixes) names.push_back(std::string(prefix) + host);
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<ServerCredentials> make_server_credentials(const config::Config::Server& server,
                                                  vault_ipc::Client& vault) {
  ServerCredentials made;
  made.files = stamps_of(server);  // first: what changes while we read is read again
  made.names = certificate_names(server.names);
  if (!server.certificate_file.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(tls::Credential own,
                              read_pair(server.certificate_file, server.key_file));
    made.credentials.push_back(std::move(own));
  } else {
    const crypto::PrivateKey key = crypto::PrivateKey::generate();
    FASTNESS_RETURN_IF_ERROR(
        add_certified(made, key.public_key().to_spki(), key.to_pkcs8(), vault));
  }
  if (!server.rsa_certificate_file.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(tls::Credential rsa,
                              read_pair(server.rsa_certificate_file, server.rsa_key_file));
    made.credentials.push_back(std::move(rsa));
  } else if (server.rsa) {
    crypto::RsaKeyPair key = crypto::RsaKeyPair::generate();
    FASTNESS_RETURN_IF_ERROR(add_certified(made, key.spki, std::move(key.pkcs8), vault));
  }
  return made;
}

bool is_due(const ServerCredentials& credentials, const config::Config::Server& server,
            Timestamp now) {
  return (credentials.renew_at && now >= *credentials.renew_at) ||
         credentials.files != stamps_of(server);
}

}  // namespace fastness::hub
