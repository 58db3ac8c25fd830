#include "client/claim/claim_certificate.h"

#include <cerrno>
#include <fstream>

#include <sys/stat.h>

#include "client/credentials.h"
#include "crypto/public_key/pem.h"
#include "crypto/x509/certificate_body.h"
#include "os/files/descriptor.h"

namespace fastness::client {
namespace {

// Another one for another key, and no randomness needed: sixteen bytes, positive and not padded.
Bytes serial_of(const crypto::PublicKey& key) {
  const crypto::Digest digest = key.digest();
  Bytes serial(digest.begin(), digest.begin() + 16);
  serial.front() = static_cast<std::uint8_t>((serial.front() & 0x3fU) | 0x40U);
  return serial;
}

}  // namespace

Result<std::string> make_claim_certificate(const crypto::PrivateKey& key,
                                           const std::string& common_name, Timestamp not_before,
                                           Timestamp not_after) {
  crypto::CertificateBody body;
  body.serial = serial_of(key.public_key());
  FASTNESS_ASSIGN_OR_RETURN(
      body.subject, crypto::encode_name({{crypto::NameAttribute::common_name, common_name}}));
  body.issuer = body.subject;
  body.not_before = not_before;
  body.not_after = not_after;
  body.spki = key.public_key().to_spki();
  body.extensions = {crypto::end_entity_extension(),
                     crypto::key_usage_extension(crypto::KeyUsage::signs),
                     crypto::extended_key_usage_extension(crypto::ExtendedKeyUsage::client)};
  const Bytes tbs = body.to_tbs();
  return crypto::to_pem(crypto::kCertificateLabel,
                        crypto::assemble_certificate(tbs, key.sign(tbs)));
}

std::filesystem::path claim_key_path(const std::filesystem::path& folder) {
  return folder / "claim.key";
}

std::filesystem::path claim_certificate_path(const std::filesystem::path& folder) {
  return folder / "claim.crt";
}

Result<std::string> make_claim_folder(const std::filesystem::path& folder,
                                      const std::string& common_name, Timestamp not_before,
                                      Timestamp not_after) {
  if (std::filesystem::exists(claim_key_path(folder))) {
    return fail(
        Errc::already_exists,
        folder.string() + " holds a claim key already: register its certificate with --cert " +
            claim_certificate_path(folder).string() + ", or name another folder with --out");
  }
  const crypto::PrivateKey key = crypto::PrivateKey::generate();
  FASTNESS_ASSIGN_OR_RETURN(std::string pem,
                            make_claim_certificate(key, common_name, not_before, not_after));
  std::error_code ignored;  // what matters is whether the folder itself can be made
  std::filesystem::create_directories(folder.parent_path(), ignored);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return os::fail_with_errno("make " + folder.string());
  }
  FASTNESS_RETURN_IF_ERROR(write_private_file(
      claim_key_path(folder), crypto::to_pem(crypto::kPrivateKeyLabel, key.to_pkcs8().reveal())));
  std::ofstream out(claim_certificate_path(folder), std::ios::binary | std::ios::trunc);
  if (!(out << pem).flush()) {
    return os::fail_with_errno("cannot write " + claim_certificate_path(folder).string());
  }
  return pem;
}

}  // namespace fastness::client
