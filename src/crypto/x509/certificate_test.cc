#include "crypto/x509/certificate.h"

#include <gtest/gtest.h>

#include "base/fixed_limits.h"
#include "crypto/testing/vector_file.h"
#include "crypto/x509/certificate_body.h"
#include "crypto/x509/der.h"

namespace fastness::crypto {
namespace {

using namespace std::chrono_literals;

const testing::VectorFile kBoard(FASTNESS_TEST_VECTORS "/board_certificate.json");

Bytes issuer_of_boards() {
  return encode_name({{NameAttribute::country, "US"},
                      {NameAttribute::organisation, "Arduino LLC US"},
                      {NameAttribute::organisational_unit, "IT"},
                      {NameAttribute::common_name, "Arduino"}})
      .value();
}

TEST(Certificate, ReadsWhatABoardSigned) {
  const auto certificate = Certificate::parse(kBoard.bytes("certificate"));
  ASSERT_TRUE(certificate);

  EXPECT_EQ(to_bytes(certificate->tbs()), kBoard.bytes("tbs"));
  EXPECT_EQ(certificate->common_name(), kBoard.text("device_id"));
  EXPECT_EQ(to_hex(certificate->serial()), kBoard.text("serial"));
  EXPECT_EQ(to_hex(certificate->authority_key_id()), kBoard.text("authority_key_id"));
  EXPECT_EQ(to_hex(certificate->signature().r) + to_hex(certificate->signature().s),
            kBoard.text("signature"));
  EXPECT_EQ(certificate->not_before(), Timestamp(std::chrono::sys_days(2026y / 11 / 22)));
  EXPECT_EQ(certificate->not_after(), Timestamp(std::chrono::sys_days(2057y / 11 / 22)));
  EXPECT_EQ(to_bytes(certificate->issuer()), issuer_of_boards());
  EXPECT_FALSE(certificate->is_authority());
  EXPECT_EQ(certificate->public_key().value(),
            PublicKey::from_point(kBoard.bytes("device_point")).value());
  EXPECT_TRUE(
      certificate->is_signed_by(PublicKey::from_point(kBoard.bytes("authority_point")).value()));
  EXPECT_FALSE(
      certificate->is_signed_by(PublicKey::from_point(kBoard.bytes("device_point")).value()));
}

// A board puts its certificate together from 108 bytes; so do we, and both must agree.
TEST(CertificateBody, IsByteForByteWhatABoardRebuilds) {
  CertificateBody body;
  body.serial = kBoard.bytes("serial");
  body.issuer = issuer_of_boards();
  body.not_before = Timestamp(std::chrono::sys_days(2026y / 11 / 22));
  body.not_after = Timestamp(std::chrono::sys_days(2057y / 11 / 22));
  body.subject = encode_name({{NameAttribute::common_name, kBoard.text("device_id")}}).value();
  body.spki = PublicKey::from_point(kBoard.bytes("device_point"))->to_spki();
  body.extensions = {authority_key_id_extension(kBoard.bytes("authority_key_id"))};

  EXPECT_EQ(to_hex(body.to_tbs()), kBoard.text("tbs"));
  EcdsaSignature signature;
  const Bytes raw = kBoard.bytes("signature");
  std::copy(raw.begin(), raw.begin() + 32, signature.r.begin());
  std::copy(raw.begin() + 32, raw.end(), signature.s.begin());
  EXPECT_EQ(to_hex(assemble_certificate(body.to_tbs(), signature)), kBoard.text("certificate"));
}

TEST(Certificate, NoByteCanBeChangedUnnoticed) {
  const Bytes der = kBoard.bytes("certificate");
  const auto authority = PublicKey::from_point(kBoard.bytes("authority_point"));
  for (std::size_t i = 0; i < der.size(); ++i) {
    Bytes changed = der;
    changed[i] ^= 0x01U;
    const auto certificate = Certificate::parse(changed);
    EXPECT_FALSE(certificate && certificate->is_signed_by(*authority)) << "byte " << i;
  }
}

TEST(Certificate, NoPrefixAndNoLongerFormIsOne) {
  const Bytes der = kBoard.bytes("certificate");
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(Certificate::parse(ByteView(der).first(size)));
  }
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_FALSE(Certificate::parse(longer));
  EXPECT_FALSE(Certificate::parse(Bytes(Certificate::kMaxSize + 1, 0x30)));
}

CertificateBody small_body(const PrivateKey& key) {
  CertificateBody body;
  body.serial = {1};
  body.issuer = encode_name({{NameAttribute::common_name, "i"}}).value();
  body.not_before = Timestamp(std::chrono::sys_days(2026y / 1 / 1));
  body.not_after = Timestamp(std::chrono::sys_days(2027y / 1 / 1));
  body.subject = encode_name({{NameAttribute::common_name, "s"}}).value();
  body.spki = key.public_key().to_spki();
  body.extensions = {end_entity_extension()};
  return body;
}

Result<Certificate> signed_and_read(const CertificateBody& body, const PrivateKey& key) {
  const Bytes tbs = body.to_tbs();
  return Certificate::parse(assemble_certificate(tbs, key.sign(tbs)));
}

TEST(Certificate, RefusesARepeatedExtension) {
  const PrivateKey key = PrivateKey::generate();
  CertificateBody body = small_body(key);
  ASSERT_TRUE(signed_and_read(body, key));

  body.extensions.push_back(end_entity_extension());

  EXPECT_FALSE(signed_and_read(body, key));
}

TEST(Certificate, RefusesTwoCommonNames) {
  const PrivateKey key = PrivateKey::generate();
  CertificateBody body = small_body(key);
  body.subject =
      encode_name({{NameAttribute::common_name, "a"}, {NameAttribute::common_name, "b"}}).value();

  EXPECT_FALSE(signed_and_read(body, key));
}

TEST(Certificate, RefusesATooLongSerial) {
  const PrivateKey key = PrivateKey::generate();
  CertificateBody body = small_body(key);
  body.serial = Bytes(21, 0x11);

  EXPECT_FALSE(signed_and_read(body, key));
}

TEST(Certificate, ReadsAuthorityAndKeyIdentifiers) {
  const PrivateKey key = PrivateKey::generate();
  CertificateBody body = small_body(key);
  body.extensions = {authority_extension(0), key_usage_extension(KeyUsage::signs_certificates),
                     subject_key_id_extension(key.public_key().key_id()),
                     subject_names_extension({"cloud.example", "127.0.0.1", "::1"}).value()};

  const auto certificate = signed_and_read(body, key);

  ASSERT_TRUE(certificate);
  EXPECT_TRUE(certificate->is_authority());
  EXPECT_EQ(to_hex(certificate->subject_key_id()), to_hex(key.public_key().key_id()));
  EXPECT_TRUE(certificate->authority_key_id().empty());
  EXPECT_EQ(Certificate::parse_pem(certificate->to_pem())->digest(), certificate->digest());
}

TEST(EncodeName, HoldsPrintableStringsOnly) {
  EXPECT_FALSE(encode_name({{NameAttribute::common_name, ""}}));
  EXPECT_FALSE(encode_name({{NameAttribute::common_name, "a*b"}}));
  EXPECT_FALSE(encode_name({{NameAttribute::common_name, "gr\xc3\xbcn"}}));
  EXPECT_TRUE(encode_name({{NameAttribute::common_name, std::string(64, 'a')}}));
  EXPECT_FALSE(encode_name({{NameAttribute::common_name, std::string(65, 'a')}}));
}

TEST(SubjectNames, RefusesWhatIsNoName) {
  EXPECT_FALSE(subject_names_extension({}));
  for (const char* bad : {"", "a b", ".a", "a.", "a/b", "a\n"}) {
    EXPECT_FALSE(subject_names_extension({bad})) << bad;
  }
}

TEST(Der, WritesTimesInTheirRightForm) {
  const auto at = [](int year) {
    return Timestamp(std::chrono::sys_days(std::chrono::year(year) / 2 / 28)) + 23h + 59min + 1s;
  };
  EXPECT_EQ(as_text(ByteView(der::time(at(2049))).subspan(2)), "490228235901Z");
  EXPECT_EQ(as_text(ByteView(der::time(at(2050))).subspan(2)), "20500228235901Z");
}

TEST(Der, ReadsNoTimeThatIsNotOne) {
  for (const std::string_view bad :
       {"260230000000Z", "261322000000Z", "261122240000Z", "261122006000Z", "2611220000Z",
        "261122000000+0100", "26112200000aZ", "260229000000Z"}) {
    const Bytes element = der::text(der::Tag::utc_time, bad);
    der::Reader reader(element);
    EXPECT_FALSE(der::read_time(reader.next().value())) << bad;
  }
}

TEST(Der, RefusesLengthsThatItForbids) {
  for (const std::string_view bad :
       {"3080", "308101ff", "30820001ff", "3084000000", "30", "1f0100", "3002ff", "30ffff"}) {
    const Bytes bytes = from_hex(bad).value();
    der::Reader reader(bytes);
    EXPECT_FALSE(reader.next()) << bad;
  }
}

// A good certificate of exactly `size` bytes: the rest is an extension that nobody reads.
Bytes certificate_of(std::size_t size, const PrivateKey& key) {
  const Bytes unknown = der::element(der::Tag::object_identifier, {Bytes{0x2a, 0x03, 0x04}});
  CertificateBody body = small_body(key);
  std::size_t padding = size / 2;
  while (true) {  // signatures differ by a byte or two
    body.extensions = {
        der::sequence({unknown, der::element(der::Tag::octet_string, {Bytes(padding)})})};
    const Bytes tbs = body.to_tbs();
    Bytes made = assemble_certificate(tbs, key.sign(tbs));
    if (made.size() == size) return made;
    padding += size - made.size();
  }
}

TEST(Certificate, IsHeldToItsBytes) {
  const PrivateKey key = PrivateKey::generate();

  EXPECT_TRUE(Certificate::parse(certificate_of(Certificate::kMaxSize, key)));
  const auto refused = Certificate::parse(certificate_of(Certificate::kMaxSize + 1, key));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "a certificate has at most 4096 bytes");
}

TEST(SignedBytes, AreOfACertificateThatIsHeldToItsBytes) {
  constexpr std::size_t kMost = fixed_limit("certificates.checked_bytes");
  const PrivateKey key = PrivateKey::generate();

  EXPECT_TRUE(signed_bytes_of(certificate_of(kMost, key)));
  EXPECT_FALSE(signed_bytes_of(certificate_of(kMost + 1, key)));
}

TEST(EncodeName, HoldsAPartToItsBytes) {
  constexpr std::size_t kMost = fixed_limit("certificates.name_bytes");
  EXPECT_TRUE(encode_name({{NameAttribute::common_name, std::string(kMost, 'x')}}));
  EXPECT_FALSE(encode_name({{NameAttribute::common_name, std::string(kMost + 1, 'x')}}));
}

}  // namespace
}  // namespace fastness::crypto
