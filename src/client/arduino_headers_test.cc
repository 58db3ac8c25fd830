#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/enrolment.h"
#include "crypto/public_key/pem.h"
#include "tls/testing/authority.h"

namespace fastness::client {
namespace {

using ::testing::HasSubstr;

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

// A board that knows one root only must be flashed anew when that root is lost.
TEST(ArduinoHeaders, HoldBothRootsInEachHeader) {
  const tls::testing::Authority active;
  const tls::testing::Authority standby;
  const auto headers =
      arduino_headers({crypto::to_pem(crypto::kCertificateLabel, active.anchor()),
                       crypto::to_pem(crypto::kCertificateLabel, standby.anchor()), ""});
  ASSERT_TRUE(headers) << headers.error().message;

  EXPECT_EQ(count(headers->user_password, "-----BEGIN CERTIFICATE-----"), 2U);
  EXPECT_EQ(count(headers->soft_element, "-----BEGIN CERTIFICATE-----"), 2U);
  EXPECT_THAT(headers->user_password, HasSubstr("AIoTUPCert[]"));
  EXPECT_THAT(headers->user_password, HasSubstr("x509_crt_bundle[]"));
  EXPECT_THAT(headers->user_password, HasSubstr("  0x00, 0x02, "));
  EXPECT_THAT(headers->soft_element, HasSubstr("AIoTSSCert[]"));
  EXPECT_THAT(headers->bearssl, HasSubstr("ArduinoIoTCloudTrustAnchor[2]"));
  EXPECT_THAT(headers->bearssl, HasSubstr("TA1_EC_Q"));
}

// The server's text becomes C that people compile.
TEST(ArduinoHeaders, NothingButCertificatesGetsIn) {
  const tls::testing::Authority root;
  const std::string pem = crypto::to_pem(crypto::kCertificateLabel, root.anchor());
  const auto headers = arduino_headers({pem + "\"; system(\"x\"); //\n", pem, ""});
  ASSERT_TRUE(headers);
  EXPECT_EQ(headers->soft_element.find("system"), std::string::npos);
  EXPECT_FALSE(arduino_headers({"no certificate", pem, ""}));
}

}  // namespace
}  // namespace fastness::client
