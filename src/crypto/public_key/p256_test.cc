#include "crypto/public_key/p256.h"

#include <gtest/gtest.h>

#include "crypto/public_key/pem.h"
#include "crypto/public_key/rsa.h"

namespace fastness::crypto {
namespace {

template <std::size_t Size>
std::array<std::uint8_t, Size> array_of(std::string_view hex) {
  const Bytes bytes = from_hex(hex).value();
  std::array<std::uint8_t, Size> array{};
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

// RFC 6979, A.2.5, message "sample" with SHA-256.
const Bytes kPoint =
    from_hex(
        "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e9"
        "5628bc64f2f1b20c2d7e9f5177a3c294d4462299")
        .value();
const EcdsaSignature kSignature{
    array_of<32>("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"),
    array_of<32>("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")};

TEST(PublicKey, VerifiesTheStandardsSignatureAndNoOther) {
  const auto key = PublicKey::from_point(kPoint);
  ASSERT_TRUE(key);

  EXPECT_TRUE(key->verify(as_bytes("sample"), kSignature));
  EXPECT_FALSE(key->verify(as_bytes("simple"), kSignature));
  EcdsaSignature changed = kSignature;
  changed.s[31] ^= 1U;
  EXPECT_FALSE(key->verify(as_bytes("sample"), changed));
  EXPECT_FALSE(key->verify(as_bytes("sample"), EcdsaSignature{}));
}

TEST(PublicKey, RefusesWhatIsNoPointOnTheCurve) {
  Bytes off_curve = kPoint;
  off_curve[64] ^= 1U;
  Bytes compressed(kPoint.begin(), kPoint.begin() + 33);
  compressed[0] = 0x03;
  Bytes hybrid = kPoint;
  hybrid[0] = 0x07;
  EXPECT_FALSE(PublicKey::from_point(off_curve));
  EXPECT_FALSE(PublicKey::from_point(compressed));
  EXPECT_FALSE(PublicKey::from_point(hybrid));
  EXPECT_FALSE(PublicKey::from_point(Bytes(65, 0)));
  EXPECT_FALSE(PublicKey::from_point(Bytes{0}));
  EXPECT_FALSE(PublicKey::from_point({}));
}

TEST(PublicKey, HasOneSpellingAsSpki) {
  const auto key = PublicKey::from_point(kPoint);
  const Bytes spki = key->to_spki();

  EXPECT_EQ(PublicKey::from_spki(spki).value(), *key);
  EXPECT_EQ(key->digest(), sha256(spki));
  Bytes longer = spki;
  longer.push_back(0);
  EXPECT_FALSE(PublicKey::from_spki(longer));
  Bytes other_curve = spki;
  other_curve[22] ^= 1U;
  EXPECT_FALSE(PublicKey::from_spki(other_curve));
}

TEST(PrivateKey, SignsWhatItsPublicKeyVerifies) {
  const PrivateKey key = PrivateKey::generate();
  const PrivateKey other = PrivateKey::generate();

  const EcdsaSignature signature = key.sign(as_bytes("message"));

  EXPECT_TRUE(key.public_key().verify(as_bytes("message"), signature));
  EXPECT_FALSE(other.public_key().verify(as_bytes("message"), signature));
}

TEST(PrivateKey, SurvivesItsStoredForm) {
  const PrivateKey key = PrivateKey::generate();

  const auto again = PrivateKey::from_pkcs8(key.to_pkcs8());

  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key(), key.public_key());
  EXPECT_TRUE(key.public_key().verify(as_bytes("m"), again->sign(as_bytes("m"))));
}

TEST(PrivateKey, RefusesOtherKindsAndDamage) {
  EXPECT_FALSE(PrivateKey::from_pkcs8(SecretBytes(0)));
  EXPECT_FALSE(PrivateKey::from_pkcs8(SecretBytes(64)));
  RsaKeyPair rsa = RsaKeyPair::generate();
  EXPECT_FALSE(PrivateKey::from_pkcs8(rsa.pkcs8));
  EXPECT_TRUE(check_rsa_spki(rsa.spki));
  EXPECT_FALSE(check_rsa_spki(PrivateKey::generate().public_key().to_spki()));
}

TEST(EcdsaSignature, HasOneSpellingInDer) {
  EcdsaSignature small;
  small.r[31] = 0x05;
  small.s[31] = 0x80;
  EXPECT_EQ(to_hex(small.to_der()), "300702010502020080");
  EXPECT_EQ(EcdsaSignature::from_der(small.to_der()).value(), small);
  EXPECT_EQ(EcdsaSignature::from_der(kSignature.to_der()).value(), kSignature);
  for (const std::string_view bad :
       {"3006020105020180", "30080201050203000080", "300702010502020080ff",
        "3081070201050202"
        "0080",
        "30060201050200", "3003020105", ""}) {
    EXPECT_FALSE(EcdsaSignature::from_der(from_hex(bad).value())) << bad;
  }
}

TEST(Pem, RoundTripsAndSkipsWhatIsAround) {
  const Bytes der(100, 0x5a);
  const std::string pem = to_pem("THING", der);

  EXPECT_EQ(from_pem("THING", pem).value(), der);
  EXPECT_EQ(from_pem("THING", "text before\n" + to_pem("OTHER", Bytes(3)) + pem + "after").value(),
            der);
  std::string windows;
  for (const char c : pem) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(from_pem("THING", windows).value(), der);
  EXPECT_EQ(all_from_pem("THING", pem + pem)->size(), 2U);
  EXPECT_EQ(from_pem("ELSE", pem).error().code, Errc::not_found);
}

TEST(Pem, RefusesHalfABlock) {
  const std::string pem = to_pem("THING", Bytes(100, 0x5a));
  EXPECT_EQ(from_pem("THING", pem.substr(0, 80)).error().code, Errc::invalid_argument);
  EXPECT_FALSE(from_pem("THING", "-----BEGIN THING-----\nAA*A\n-----END THING-----"));
  EXPECT_FALSE(from_pem("THING", "-----BEGIN THING-----\nAAAA\n-----END OTHER-----"));
  EXPECT_FALSE(from_pem("THING", ""));
}

}  // namespace
}  // namespace fastness::crypto
