#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "crypto/public_key/sealed_box.h"
#include "crypto/secret/locked_secret.h"
#include "crypto/secret/system_random.h"
#include "crypto/testing/secret_from_hex.h"

namespace fastness::crypto {
namespace {

using testing::secret_from_hex;

constexpr std::string_view kKey =
    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
const Bytes kNonce = from_hex("cafebabefacedbaddecaf888").value();
const Bytes kContext = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2").value();
const Bytes kPlain =
    from_hex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449"
        "a6b525b16aedf5aa0de657ba637b39")
        .value();
constexpr std::string_view kSealed =
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10568288"
    "38c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b";

// Test case 16 of the GCM specification (McGrew and Viega).
TEST(AeadKey, IsTheStandards) {
  AeadKey key(secret_from_hex(kKey));

  const Bytes sealed = key.seal(kNonce, kContext, kPlain);

  EXPECT_EQ(to_hex(sealed), kSealed);
  EXPECT_EQ(key.open(kNonce, kContext, sealed).value(), kPlain);
  // The prepared contexts serve again, in any order.
  EXPECT_EQ(key.open(kNonce, kContext, sealed).value(), kPlain);
  EXPECT_EQ(to_hex(key.seal(kNonce, kContext, kPlain)), kSealed);
}

// RFC 8439, 2.8.2.
TEST(AeadKey, IsTheStandardsByChaCha20Too) {
  const Bytes nonce = from_hex("070000004041424344454647").value();
  const Bytes context = from_hex("50515253c0c1c2c3c4c5c6c7").value();
  const ByteView plain = as_bytes(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
      "sunscreen would be it.");
  AeadKey key(secret_from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
              Cipher::chacha20_poly1305);

  const Bytes sealed = key.seal(nonce, context, plain);

  EXPECT_EQ(
      to_hex(sealed),
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da"
      "92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585"
      "808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691");
  EXPECT_EQ(as_text(key.open(nonce, context, sealed).value()), as_text(plain));
  EXPECT_EQ(key.seal(nonce, context, plain), sealed);
}

class EachCipher : public ::testing::TestWithParam<Cipher> {};

INSTANTIATE_TEST_SUITE_P(AeadKey, EachCipher,
                         ::testing::Values(Cipher::aes_256_gcm, Cipher::chacha20_poly1305));

TEST_P(EachCipher, OpensNothingThatWasChanged) {
  AeadKey key(secret_from_hex(kKey), GetParam());
  const Bytes sealed = key.seal(kNonce, kContext, kPlain);
  const bool is_aes = GetParam() == Cipher::aes_256_gcm;
  AeadKey by_the_other(secret_from_hex(kKey),
                       is_aes ? Cipher::chacha20_poly1305 : Cipher::aes_256_gcm);
  EXPECT_FALSE(by_the_other.open(kNonce, kContext, sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 0x40U;
    EXPECT_EQ(key.open(kNonce, kContext, changed).error().code, Errc::corrupted) << i;
  }
  Bytes other_nonce = kNonce;
  other_nonce[0] ^= 1U;
  EXPECT_FALSE(key.open(other_nonce, kContext, sealed));
  EXPECT_FALSE(key.open(kNonce, {}, sealed));
  EXPECT_FALSE(key.open(kNonce, kContext, ByteView(sealed).first(sealed.size() - 1)));
  EXPECT_FALSE(key.open(kNonce, kContext, ByteView(sealed).first(15)));
  EXPECT_FALSE(key.open(kNonce, kContext, {}));
  AeadKey other(SecretBytes(32), GetParam());
  EXPECT_FALSE(other.open(kNonce, kContext, sealed));
  // A refusal leaves the key as good as before.
  EXPECT_TRUE(key.open(kNonce, kContext, sealed));
}

TEST_P(EachCipher, SealsNothingAtAllAndStillAuthenticates) {
  AeadKey key(secret_from_hex(kKey), GetParam());
  const Bytes sealed = key.seal(kNonce, {}, {});
  EXPECT_EQ(sealed.size(), AeadKey::kTagSize);
  EXPECT_TRUE(key.open(kNonce, {}, sealed)->empty());
  EXPECT_FALSE(key.open(kNonce, kContext, sealed));
}

TEST(SealWithRandomNonce, BelongsToItsContext) {
  SystemRandom random;
  const SecretBytes key = secret_from_hex(kKey);
  const Bytes sealed = seal_with_random_nonce(key, as_bytes("here"), as_bytes("secret"), random);

  EXPECT_EQ(as_text(open_with_nonce(key, as_bytes("here"), sealed)->reveal()), "secret");
  EXPECT_FALSE(open_with_nonce(key, as_bytes("there"), sealed));
  EXPECT_FALSE(open_with_nonce(key, as_bytes("here"), ByteView(sealed).first(11)));
  EXPECT_NE(seal_with_random_nonce(key, as_bytes("here"), as_bytes("secret"), random), sealed);
}

TEST(SealedBox, OnlyItsOwnerOpens) {
  const SealKeyPair pair = SealKeyPair::generate();
  const SealKeyPair other = SealKeyPair::generate();
  Bytes sealed = seal_to(pair.public_key, as_bytes("content key"));

  EXPECT_EQ(sealed.size(), 11U + 48U);
  EXPECT_EQ(as_text(open_sealed(pair, sealed)->reveal()), "content key");
  EXPECT_EQ(open_sealed(other, sealed).error().code, Errc::corrupted);
  EXPECT_FALSE(open_sealed(pair, ByteView(sealed).first(47)));
  sealed[40] ^= 1U;
  EXPECT_FALSE(open_sealed(pair, sealed));
}

TEST(SealedBox, AStoredSecretIsTheSamePair) {
  const SealKeyPair pair = SealKeyPair::generate();
  Bytes stored = to_bytes(pair.secret.reveal());

  const auto again = SealKeyPair::from_secret(SecretBytes::take(stored));

  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key, pair.public_key);
  EXPECT_FALSE(SealKeyPair::from_secret(SecretBytes(31)));
}

TEST(LockedSecret, DerivesLikeTheBytesItTook) {
  const SecretBytes plain = secret_from_hex(kKey);
  LockedSecret locked(secret_from_hex(kKey));

  EXPECT_TRUE(constant_time_equal(locked.derive(kContext, "purpose", 32).reveal(),
                                  hkdf_sha256(plain, kContext, "purpose", 32).reveal()));
  EXPECT_FALSE(constant_time_equal(locked.derive(kContext, "purpose", 32).reveal(),
                                   locked.derive(kContext, "another", 32).reveal()));
  EXPECT_DEATH(
      {
        struct Peek {
          void* memory;
        };
        volatile std::uint8_t byte =
            *static_cast<const std::uint8_t*>(reinterpret_cast<const Peek*>(&locked)->memory);
        static_cast<void>(byte);
      },
      "")
      << "it must not be readable between its calls";
}

}  // namespace
}  // namespace fastness::crypto
