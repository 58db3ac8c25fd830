#include "tls/record/record_ciphers.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace fastness::tls {
namespace {

using Tag = std::array<std::uint8_t, RecordCiphers::kTag>;

class RecordCiphersTest : public ::testing::Test {
 protected:
  // What a fresh set of ciphers makes of it: no key is held from before.
  static std::pair<Bytes, Tag> sealed_apart(Suite suite, ByteView key, ByteView plain) {
    RecordCiphers fresh;
    std::pair<Bytes, Tag> sealed{to_bytes(plain), {}};
    EXPECT_TRUE(fresh.seal(suite, key, kNonce, {}, sealed.first, sealed.second));
    return sealed;
  }

  std::pair<Bytes, Tag> sealed(Suite suite, ByteView key, ByteView plain) {
    std::pair<Bytes, Tag> sealed{to_bytes(plain), {}};
    EXPECT_TRUE(ciphers_.seal(suite, key, kNonce, {}, sealed.first, sealed.second));
    return sealed;
  }

  static constexpr RecordCiphers::Nonce kNonce{1, 2, 3};
  const Bytes plain_ = Bytes(64, 7);
  RecordCiphers ciphers_;
};

TEST_F(RecordCiphersTest, OneKeyServesManyRecords) {
  const Bytes key(16, 1);

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sealed(Suite::aes128_gcm_sha256, key, plain_),
              sealed_apart(Suite::aes128_gcm_sha256, key, plain_));
  }

  EXPECT_EQ(ciphers_.held(), 1U);
}

// A connection that ends leaves its memory to the next one: the same address, another key.
TEST_F(RecordCiphersTest, AnotherKeyAtTheSameAddressIsNeverMistaken) {
  Bytes key(16, 1);
  (void)sealed(Suite::aes128_gcm_sha256, key, plain_);

  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] ^= 0x80;
    EXPECT_EQ(sealed(Suite::aes128_gcm_sha256, key, plain_),
              sealed_apart(Suite::aes128_gcm_sha256, key, plain_))
        << "byte " << i;
  }
}

TEST_F(RecordCiphersTest, NeitherSuiteNorDirectionIsMistaken) {
  const Bytes key(32, 1);
  const auto aes = sealed(Suite::aes256_gcm_sha384, key, plain_);
  const auto chacha = sealed(Suite::chacha20_poly1305_sha256, key, plain_);
  EXPECT_NE(aes.first, chacha.first);

  auto opened = aes;
  EXPECT_TRUE(
      ciphers_.open(Suite::aes256_gcm_sha384, key, kNonce, {}, opened.first, opened.second));
  EXPECT_EQ(opened.first, plain_);
  EXPECT_EQ(sealed(Suite::aes256_gcm_sha384, key, plain_), aes);
}

// A record that was not authentic leaves the context as good as before.
TEST_F(RecordCiphersTest, AForgedRecordSpoilsNothing) {
  const Bytes key(16, 1);
  const auto good = sealed(Suite::aes128_gcm_sha256, key, plain_);
  auto forged = good;
  forged.second[0] ^= 1;

  EXPECT_FALSE(
      ciphers_.open(Suite::aes128_gcm_sha256, key, kNonce, {}, forged.first, forged.second));

  auto opened = good;
  EXPECT_TRUE(
      ciphers_.open(Suite::aes128_gcm_sha256, key, kNonce, {}, opened.first, opened.second));
  EXPECT_EQ(opened.first, plain_);
}

TEST_F(RecordCiphersTest, ManyConnectionsTakeTurnsInBoundedRoom) {
  std::vector<Bytes> keys;
  for (std::size_t i = 0; i < 3 * RecordCiphers::kPlaces; ++i) {
    keys.emplace_back(16, static_cast<std::uint8_t>(i));
  }

  for (int round = 0; round < 2; ++round) {
    for (const Bytes& key : keys) {
      ASSERT_EQ(sealed(Suite::aes128_gcm_sha256, key, plain_),
                sealed_apart(Suite::aes128_gcm_sha256, key, plain_));
    }
  }

  EXPECT_LE(ciphers_.held(), RecordCiphers::kPlaces);
}

TEST_F(RecordCiphersTest, LetsGoOfKeysThatAreNotUsed) {
  const Bytes busy(16, 1);
  const Bytes idle(16, 2);
  (void)sealed(Suite::aes128_gcm_sha256, busy, plain_);
  (void)sealed(Suite::aes128_gcm_sha256, idle, plain_);
  const std::size_t held = ciphers_.held();

  ciphers_.rest();
  EXPECT_EQ(ciphers_.held(), held) << "used since the rest before";
  (void)sealed(Suite::aes128_gcm_sha256, busy, plain_);
  ciphers_.rest();
  EXPECT_EQ(ciphers_.held(), 1U);
  ciphers_.rest();
  EXPECT_EQ(ciphers_.held(), 0U);
}

}  // namespace
}  // namespace fastness::tls
