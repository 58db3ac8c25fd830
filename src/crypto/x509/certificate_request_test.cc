#include "crypto/x509/certificate_request.h"

#include <gtest/gtest.h>

#include "crypto/public_key/pem.h"
#include "crypto/testing/vector_file.h"
#include "crypto/x509/certificate_body.h"
#include "crypto/x509/der.h"
#include "crypto/x509/object_identifiers.h"

namespace fastness::crypto {
namespace {

// Made by OpenSSL 3.0: three names, an attribute that asks for an extension, P-256.
constexpr std::string_view kByOpenssl =
    "-----BEGIN CERTIFICATE REQUEST-----\n"
    "MIIBHDCBwgIBADA2MQswCQYDVQQGEwJERTEPMA0GA1UECgwGR2FydGVuMRYwFAYD\n"
    "VQQDDA1zb21lYm9keS1lbHNlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENd7c\n"
    "TvBUaz3lWRqmLpRyHXFeHcR///udW2SQN4Xl3zXnNd3wmm8kJp78Y+9XWXAp6xiQ\n"
    "uZQ1jhgK72/0942y36AqMCgGCSqGSIb3DQEJDjEbMBkwFwYDVR0RBBAwDoIMZXZp\n"
    "bC5leGFtcGxlMAoGCCqGSM49BAMCA0kAMEYCIQCP1Qu/vbISZJcFyEba9C1gxS2Y\n"
    "lmEbT186W6IN6XqnEAIhALu5hZjiM27DIyIXgl5fM+etBgSHFpZEN9gonMPWN0rg\n"
    "-----END CERTIFICATE REQUEST-----\n";
constexpr std::string_view kP384 =
    "-----BEGIN CERTIFICATE REQUEST-----\n"
    "MIIBBzCBjgIBADAPMQ0wCwYDVQQDDARwMzg0MHYwEAYHKoZIzj0CAQYFK4EEACID\n"
    "YgAE6A4ML4mLkOpSmMHWmQpA8FHOp9cfdSABk2+FtaFkIpQAssbe/3k0OMd/pK8E\n"
    "zSUEtIrOj183ncsnymWeYOj3DXB94YY5KXJuGFaBeGQqYX9OyWKElaT5FW6Ika3t\n"
    "fY7JoAAwCgYIKoZIzj0EAwIDaAAwZQIxAJSmqzAycp3syFBIpidpkEug8D93EJZH\n"
    "H05at9nUJsN54o4/NQRwtxUTgDlgFyeTkAIwAIYGFug/vc2FeVQ6EDOnxJlThUJ1\n"
    "r8KavkeBrxYy9152r61+qOhq8bJ09XGMV4Td\n"
    "-----END CERTIFICATE REQUEST-----\n";
// P-256, signed with ecdsa-with-SHA384.
constexpr std::string_view kSha384 =
    "-----BEGIN CERTIFICATE REQUEST-----\n"
    "MIHKMHMCAQAwETEPMA0GA1UEAwwGc2hhMzg0MFkwEwYHKoZIzj0CAQYIKoZIzj0D\n"
    "AQcDQgAENd7cTvBUaz3lWRqmLpRyHXFeHcR///udW2SQN4Xl3zXnNd3wmm8kJp78\n"
    "Y+9XWXAp6xiQuZQ1jhgK72/0942y36AAMAoGCCqGSM49BAMDA0cAMEQCIHKs2K2H\n"
    "ejRXbI60gl7LPbe3ET+3AqNVvMMdXOajmDwoAiBvV4hhn44NsEZe4mI/THb0hd75\n"
    "0vZoyRWFFjxABFdDQg==\n"
    "-----END CERTIFICATE REQUEST-----\n";
constexpr std::string_view kRsa =
    "-----BEGIN CERTIFICATE REQUEST-----\n"
    "MIICUzCCATsCAQAwDjEMMAoGA1UEAwwDcnNhMIIBIjANBgkqhkiG9w0BAQEFAAOC\n"
    "AQ8AMIIBCgKCAQEA4c09z8XGKISxdq0NGJQ+bVn+TIw48gFlUvbfYsq6smmokFgm\n"
    "/TF1KjbjAbHVlydWV5/N/rH2Av5DmAfBQ7XHlmW2qVYlCyIFEUVeBPmEoN0VU9BP\n"
    "/Yg7iclZXEKFG40xVD/x37oL57bo+wl97LlJLMMwwupKxyl69AHccgL0xo/94U9X\n"
    "1jjNnFGqZ3xmq8sHbFj+wLk1NBQJM2qFovdm6posGWVEpHWOPxl5h+/RJssUPWak\n"
    "2r9LhmFnAYvluC5qApYgOZb93tJfLIs7wK93LYWZ/ILQBux3U0edrsvG/0rqWTeM\n"
    "J86z9h7Acy85GkVJLwuqtbl7y3udnSY0pDYPLQIDAQABoAAwDQYJKoZIhvcNAQEL\n"
    "BQADggEBAMcPVYmX0V4Jegz/jvlZ81YMje3selp6D9y1uTT1JP+mWIvWGPgAYlV3\n"
    "eY9JLcNJlYElP4o7juE2GfpTgCpy0dTNK1ncEND/qtqX6gkbLAQ3m+YRBBeFcdwq\n"
    "vHMJNiBKeJgE+rioEcJu1Z7Oy0jvStJbegIV07lDw9SBsbuY1nSR02Ycx+LdsmKB\n"
    "AuRXYQ28y3B8ap0grY0hEm3Vbz+Q6OMpyB2UJrewetyEFYFimYZ+kvCUqDC76kRP\n"
    "g5/aYoP/UtLoPB6Hj4IpEPw9YfBQSD4EY1OZYoJYpud9DKX+YqGfsqqjF3mKdpHN\n"
    "CElGKvoOrRrZDK1PjqSgvZCnw1ZNvT0=\n"
    "-----END CERTIFICATE REQUEST-----\n";

TEST(CertificateRequest, ReadsOnesMadeByOthers) {
  const auto request = CertificateRequest::parse_pem(kByOpenssl);

  ASSERT_TRUE(request);
  EXPECT_EQ(request->untrusted_common_name(), "somebody-else");
  EXPECT_EQ(to_hex(ByteView(request->public_key().point()).first(5)), "0435dedc4e");
}

TEST(CertificateRequest, TakesP256WithSha256Only) {
  EXPECT_EQ(CertificateRequest::parse_pem(kP384).error().code, Errc::invalid_argument);
  EXPECT_EQ(CertificateRequest::parse_pem(kSha384).error().code, Errc::invalid_argument);
  EXPECT_EQ(CertificateRequest::parse_pem(kRsa).error().code, Errc::invalid_argument);
}

TEST(CertificateRequest, IsWhatABoardWrites) {
  const testing::VectorFile board(FASTNESS_TEST_VECTORS "/board_certificate.json");
  const PrivateKey key = PrivateKey::generate();
  const Bytes built = CertificateRequest::build(key, board.text("device_id")).value();
  der::Reader outer(built);
  der::Reader parts(outer.next()->content);
  Bytes info = to_bytes(parts.next()->whole);
  const Bytes expected = board.bytes("request_info");

  // All but the point, which is this key's.
  ASSERT_EQ(info.size(), expected.size());
  const std::size_t point = info.size() - 2 - PublicKey::kPointSize;
  std::copy(expected.begin() + static_cast<std::ptrdiff_t>(point),
            expected.begin() + static_cast<std::ptrdiff_t>(point + PublicKey::kPointSize),
            info.begin() + static_cast<std::ptrdiff_t>(point));
  EXPECT_EQ(to_hex(info), to_hex(expected));
}

TEST(CertificateRequest, NoByteCanBeChanged) {
  const PrivateKey key = PrivateKey::generate();
  const Bytes built = CertificateRequest::build(key, "device").value();
  ASSERT_TRUE(CertificateRequest::parse_der(built));
  for (std::size_t i = 0; i < built.size(); ++i) {
    Bytes changed = built;
    changed[i] ^= 0x01U;
    EXPECT_FALSE(CertificateRequest::parse_der(changed)) << "byte " << i;
  }
}

TEST(CertificateRequest, ProvesPossessionOfTheVeryKey) {
  // A request over somebody else's public key, signed with one's own.
  const PrivateKey mine = PrivateKey::generate();
  const PrivateKey theirs = PrivateKey::generate();
  Bytes stolen = CertificateRequest::build(mine, "device").value();
  const auto& from = mine.public_key().point();
  const auto at = std::search(stolen.begin(), stolen.end(), from.begin(), from.end());
  ASSERT_NE(at, stolen.end());
  std::copy(theirs.public_key().point().begin(), theirs.public_key().point().end(), at);

  EXPECT_FALSE(CertificateRequest::parse_der(stolen));
}

TEST(CertificateRequest, RefusesWhatIsNone) {
  EXPECT_FALSE(CertificateRequest::parse_pem(""));
  EXPECT_FALSE(CertificateRequest::parse_pem("-----BEGIN CERTIFICATE REQUEST-----"));
  EXPECT_FALSE(CertificateRequest::parse_der({}));
  EXPECT_FALSE(CertificateRequest::parse_der(Bytes(CertificateRequest::kMaxSize + 1, 0x30)));
  EXPECT_FALSE(CertificateRequest::build(PrivateKey::generate(), "no*name"));
}

// A good request of exactly `size` bytes: the rest are attributes, which nobody reads.
Bytes request_of(std::size_t size, const PrivateKey& key) {
  const Bytes subject = encode_name({{NameAttribute::common_name, "device"}}).value();
  const Bytes version = der::unsigned_integer(Bytes{0});
  const Bytes algorithm =
      der::sequence({der::element(der::Tag::object_identifier, {oid::kEcdsaWithSha256})});
  std::size_t padding = size / 2;
  while (true) {  // signatures differ by a byte or two
    const Bytes info = der::sequence({version, subject, key.public_key().to_spki(),
                                      der::element(der::context_tag(0), {Bytes(padding)})});
    Bytes made = der::sequence({info, algorithm, der::bit_string(key.sign(info).to_der())});
    if (made.size() == size) return made;
    padding += size - made.size();
  }
}

TEST(CertificateRequest, IsHeldToItsBytes) {
  const PrivateKey key = PrivateKey::generate();

  EXPECT_TRUE(CertificateRequest::parse_der(request_of(CertificateRequest::kMaxSize, key)));
  const auto refused =
      CertificateRequest::parse_der(request_of(CertificateRequest::kMaxSize + 1, key));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "a certificate request has at most 2048 bytes");
}

}  // namespace
}  // namespace fastness::crypto
