#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "crypto/password/password_hash.h"
#include "crypto/public_key/ed25519.h"
#include "crypto/secret/system_random.h"
#include "crypto/testing/secret_from_hex.h"

namespace fastness::crypto {
namespace {

using testing::secret_from_hex;

TEST(Sha256, IsTheStandards) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, InPiecesIsTheSameAndStartsAnew) {
  Sha256 hash;
  hash.update(as_bytes("a")).update({}).update(as_bytes("bc"));

  EXPECT_EQ(hash.finish(), sha256(as_bytes("abc")));
  EXPECT_EQ(hash.finish(), sha256({}));
}

// RFC 4231, 4.2 and 4.7 (a key longer than the block).
TEST(HmacSha256, IsTheStandards) {
  EXPECT_EQ(to_hex(hmac_sha256(secret_from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
                               as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha256(secret_from_hex(std::string(262, 'a')),
                               as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// RFC 5869, A.1 and A.3 (no salt, no info).
TEST(HkdfSha256, IsTheStandards) {
  const SecretBytes key = secret_from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
  const Bytes salt = from_hex("000102030405060708090a0b0c").value();
  const Bytes info = from_hex("f0f1f2f3f4f5f6f7f8f9").value();

  EXPECT_EQ(to_hex(hkdf_sha256(key, salt, as_text(info), 42).reveal()),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(to_hex(hkdf_sha256(key, {}, "", 42).reveal()),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

// RFC 8032, 7.1, test 1.
TEST(Ed25519, IsTheStandards) {
  const auto key = Ed25519Key::from_seed(
      secret_from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->public_key()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(to_hex(key->sign({})),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39"
            "701cf9b46bd25bf5f0595bbe24655141438e7a100b");
}

TEST(Ed25519, RefusesAnotherMessageKeyOrSignature) {
  const auto key = Ed25519Key::from_seed(SecretBytes(32));
  Bytes other_seed(32, 1);
  const auto other = Ed25519Key::from_seed(SecretBytes::take(other_seed));
  const Ed25519Signature good = key->sign(as_bytes("message"));
  Ed25519Signature bad = good;
  bad[5] ^= 1U;

  EXPECT_TRUE(ed25519_verify(key->public_key(), as_bytes("message"), good));
  EXPECT_FALSE(ed25519_verify(key->public_key(), as_bytes("massage"), good));
  EXPECT_FALSE(ed25519_verify(other->public_key(), as_bytes("message"), good));
  EXPECT_FALSE(ed25519_verify(key->public_key(), as_bytes("message"), bad));
  EXPECT_FALSE(Ed25519Key::from_seed(SecretBytes(31)));
}

TEST(Argon2id, DependsOnPasswordAndSalt) {
  const Bytes salt(kPasswordSaltSize, 7);
  const Bytes other_salt(kPasswordSaltSize, 8);
  const auto hash = argon2id("correct horse", salt);
  ASSERT_TRUE(hash);

  EXPECT_EQ(hash->size(), 32U);
  EXPECT_TRUE(constant_time_equal(hash->reveal(), argon2id("correct horse", salt)->reveal()));
  EXPECT_FALSE(constant_time_equal(hash->reveal(), argon2id("correct horsf", salt)->reveal()));
  EXPECT_FALSE(
      constant_time_equal(hash->reveal(), argon2id("correct horse", other_salt)->reveal()));
  EXPECT_EQ(argon2id("x", Bytes(15)).error().code, Errc::invalid_argument);
}

// As the reference library of Argon2's authors has it for three passes, 64 MiB and one lane.
TEST(Argon2id, CostsWhatItSays) {
  EXPECT_EQ(to_hex(argon2id("correct horse", Bytes(kPasswordSaltSize, 7))->reveal()),
            "7b985d8fa00c9eccccf918c8cb9feaa8036af381caf6f498e099b5b849b8c18a");
}

TEST(SystemRandom, FillsEverythingDifferently) {
  SystemRandom random;
  Bytes a(64);
  Bytes b(64);
  random.fill(a);
  random.fill(b);
  EXPECT_NE(a, b);
  random.fill({});
}

}  // namespace
}  // namespace fastness::crypto
