// A claim certificate as it is made here: one that a server would register.
#include "client/claim/claim_certificate.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "client/credentials.h"
#include "crypto/x509/certificate.h"
#include "tls/context/credential.h"

namespace fastness::client {
namespace {

using namespace std::chrono_literals;

constexpr const char* kFactory = "0c1d2e3f-4a5b-4c6d-8e7f-901234567890";
const Timestamp kMade{std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)};

TEST(ClaimCertificate, IsSignedByItsOwnKeyForTheOrganisation) {
  const auto key = crypto::PrivateKey::generate();
  const auto pem = make_claim_certificate(key, kFactory, kMade, kMade + 24h * 30);
  ASSERT_TRUE(pem) << pem.error().message;

  const auto certificate = crypto::Certificate::parse_pem(*pem);

  ASSERT_TRUE(certificate) << certificate.error().message;
  EXPECT_EQ(certificate->common_name(), kFactory);
  EXPECT_TRUE(certificate->is_signed_by(key.public_key()));
  EXPECT_EQ(certificate->key_digest(), key.public_key().digest());
  EXPECT_EQ(certificate->not_after(), kMade + 24h * 30);
  EXPECT_FALSE(certificate->is_authority());
  EXPECT_FALSE(make_claim_certificate(key, "a*b", kMade, kMade + 1h));
}

TEST(ClaimCertificate, ItsKeyStaysInAFolderThatOnlyItsOwnerReads) {
  std::string pattern = (std::filesystem::temp_directory_path() / "fastness-lot-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  const std::filesystem::path folder = std::filesystem::path(pattern) / "lot-7";

  const auto made = make_claim_folder(folder, kFactory, kMade, kMade + 24h);
  const auto again = make_claim_folder(folder, kFactory, kMade, kMade + 24h);

  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(std::filesystem::status(claim_key_path(folder)).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(read_text_file(claim_certificate_path(folder)).value(), *made);
  EXPECT_TRUE(tls::Credential::from_pem(*made, read_text_file(claim_key_path(folder)).value()));
  EXPECT_EQ(again.error().code, Errc::already_exists) << "a key that devices have is not replaced";
  std::filesystem::remove_all(pattern);
}

}  // namespace
}  // namespace fastness::client
