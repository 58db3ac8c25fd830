// Held against OpenSSL, which most EST clients read these with.
#include "crypto/x509/est_messages.h"

#include <set>
#include <string>

#include <gtest/gtest.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"

namespace fastness::crypto {
namespace {

// Two certificates, CN=a and CN=b, as `openssl cms` writes them.
constexpr std::string_view kTwoByOpenssl =
    "MIIDDAYJKoZIhvcNAQcCoIIC/TCCAvkCAQExADALBgkqhkiG9w0BBwGgggLhMIIBbDCCAROg"
    "AwIBAgIUWt11RZGnC47GQAsnTz5FeExmawcwCgYIKoZIzj0EAwIwDDEKMAgGA1UEAwwBYTAe"
    "Fw0yNjExMzAwMjA1MzhaFw0yNjEyMzAwMjA1MzhaMAwxCjAIBgNVBAMMAWEwWTATBgcqhkjO"
    "PQIBBggqhkjOPQMBBwNCAASbhz1s3HglS7cwGEgbmGBwjKwd1JiZ2DuCjwt/moWN82WFoToi"
    "w4ZRwjX7FUEDqNNz8+aH3Qsi7ZSCym1R1VAwo1MwUTAdBgNVHQ4EFgQUSuIZBoZO8U6bmKOv"
    "3/pvjR/aELYwHwYDVR0jBBgwFoAUSuIZBoZO8U6bmKOv3/pvjR/aELYwDwYDVR0TAQH/BAUw"
    "AwEB/zAKBggqhkjOPQQDAgNHADBEAiBH0K8pn7Gb6sYDpTCApJMwYsCzDxBcfSwV44GJBh5f"
    "YAIgAneiFhqQ9/afJbUA0dPD00v4zeoo6/V2YLYFSOop0A8wggFtMIIBE6ADAgECAhQZU7b1"
    "9yCwNLa0s2au3ciHlLZvYjAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAFiMB4XDTI2MTEzMDAy"
    "MDUzOFoXDTI2MTIzMDAyMDUzOFowDDEKMAgGA1UEAwwBYjBZMBMGByqGSM49AgEGCCqGSM49"
    "AwEHA0IABJuHPWzceCVLtzAYSBuYYHCMrB3UmJnYO4KPC3+ahY3zZYWhOiLDhlHCNfsVQQOo"
    "03Pz5ofdCyLtlILKbVHVUDCjUzBRMB0GA1UdDgQWBBRK4hkGhk7xTpuYo6/f+m+NH9oQtjAf"
    "BgNVHSMEGDAWgBRK4hkGhk7xTpuYo6/f+m+NH9oQtjAPBgNVHRMBAf8EBTADAQH/MAoGCCqG"
    "SM49BAMCA0gAMEUCIQDHDzFwjv7AETlI2TBxF4IFGHIMY+v80Ey+6b1yiZ+R1AIgTZcAWZK2"
    "YtdRUH5eBTHQbAR8qQsMPJLabS/0qTKLc7cxAA==";

Bytes self_signed(const std::string& common_name) {
  const PrivateKey key = PrivateKey::generate();
  CertificateBody body;
  body.serial = {0x41};
  body.issuer = encode_name({{NameAttribute::common_name, common_name}}).value();
  body.subject = body.issuer;
  body.not_before = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 1));
  body.not_after = body.not_before + std::chrono::hours(24);
  body.spki = key.public_key().to_spki();
  body.extensions = {end_entity_extension()};
  const Bytes tbs = body.to_tbs();
  return assemble_certificate(tbs, key.sign(tbs));
}

// The certificates that OpenSSL finds in a message, and nothing else in it.
std::set<Bytes> as_openssl_reads(const Bytes& message) {
  const unsigned char* in = message.data();
  PKCS7* parsed = d2i_PKCS7(nullptr, &in, static_cast<long>(message.size()));
  std::set<Bytes> found;
  EXPECT_NE(parsed, nullptr);
  if (parsed == nullptr) return found;
  EXPECT_EQ(in, message.data() + message.size());
  EXPECT_TRUE(PKCS7_type_is_signed(parsed));
  EXPECT_EQ(sk_PKCS7_SIGNER_INFO_num(PKCS7_get_signer_info(parsed)), 0);
  const STACK_OF(X509)* certificates = parsed->d.sign->cert;
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    const X509* each = sk_X509_value(certificates, i);
    Bytes der(static_cast<std::size_t>(i2d_X509(each, nullptr)));
    unsigned char* out = der.data();
    i2d_X509(each, &out);
    found.insert(der);
  }
  PKCS7_free(parsed);
  return found;
}

TEST(CertsOnlyMessage, HoldsForOpensslWhatWasPutIn) {
  const Bytes one = self_signed("one");
  const Bytes two = self_signed("two");
  EXPECT_EQ(as_openssl_reads(certs_only_message({one})), std::set<Bytes>{one});
  EXPECT_EQ(as_openssl_reads(certs_only_message({one, two})), (std::set<Bytes>{one, two}));
  EXPECT_EQ(as_openssl_reads(certs_only_message({})), std::set<Bytes>{});
}

TEST(CertsOnlyMessage, ReadsWhatOpensslWrites) {
  const Bytes message = from_base64(kTwoByOpenssl).value();

  const auto found = read_certs_only(message);

  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 2U);
  std::set<std::string> names;
  for (const Bytes& each : *found) names.insert(Certificate::parse(each)->common_name());
  EXPECT_EQ(names, (std::set<std::string>{"a", "b"}));
}

TEST(CertsOnlyMessage, ReadsWhatItWrites) {
  const Bytes one = self_signed("one");
  EXPECT_EQ(read_certs_only(certs_only_message({one})).value(), std::vector<Bytes>{one});
  EXPECT_TRUE(read_certs_only(certs_only_message({}))->empty());
}

TEST(CertsOnlyMessage, RefusesWhatIsNone) {
  const Bytes message = certs_only_message({self_signed("one")});
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_FALSE(read_certs_only(ByteView(message).first(size))) << size;
  }
  Bytes trailing = message;
  trailing.push_back(0);
  EXPECT_FALSE(read_certs_only(trailing));
  Bytes other_type = message;
  other_type[14] ^= 1U;  // the last byte of the identifier: 1.2.840.113549.1.7.3, enveloped
  EXPECT_EQ(read_certs_only(other_type).error().code, Errc::invalid_argument);
  EXPECT_FALSE(read_certs_only(self_signed("one")));
}

TEST(CertsOnlyMessage, IsTheSameInWhateverOrder) {
  const Bytes one = self_signed("one");
  const Bytes two = self_signed("two");
  EXPECT_EQ(certs_only_message({one, two}), certs_only_message({two, one}));
}

TEST(RequestAttributes, NameTheCurveAndTheSignature) {
  EXPECT_EQ(to_hex(request_attributes()),
            "3021301506072a8648ce3d0201310a06082a8648ce3d03010706082a8648ce3d040302");
}

}  // namespace
}  // namespace fastness::crypto
