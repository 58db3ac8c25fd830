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

TEST(AeadKey, OpensNothingThatWasChanged) {
  AeadKey key(secret_from_hex(kKey));
  const Bytes sealed = from_hex(kSealed).value();
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
  AeadKey other(SecretBytes(32));
  EXPECT_FALSE(other.open(kNonce, kContext, sealed));
  // A refusal leaves the key as good as before.
  EXPECT_TRUE(key.open(kNonce, kContext, sealed));
}

TEST(AeadKey, SealsNothingAtAllAndStillAuthenticates) {
  AeadKey key(secret_from_hex(kKey));
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
