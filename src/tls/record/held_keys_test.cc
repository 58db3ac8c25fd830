#include "tls/record/held_keys.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

namespace fastness::tls {
namespace {

// What lies at `place`, whoever owns it by now: the kernel reads it, so that no sanitizer objects.
Bytes memory_at(const void* place, std::size_t size) {
  Bytes bytes(size);
  std::ifstream memory("/proc/self/mem", std::ios::binary);
  memory.seekg(static_cast<std::streamoff>(reinterpret_cast<std::uintptr_t>(place)));
  memory.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  EXPECT_TRUE(memory);
  return bytes;
}

// Whether a good part of it is still there: an allocator may use the beginning of what it got back.
bool is_left_of(ByteView secret, ByteView memory) {
  const ByteView part = secret.last(secret.size() / 2);
  return std::search(memory.begin(), memory.end(), part.begin(), part.end()) != memory.end();
}

TrafficSecret secret_of(Suite suite, std::uint8_t seed) {
  return TrafficSecret(Bytes(hash_size(suite), seed));
}

TrafficKeys keys_of(Version version, Suite suite, std::uint8_t seed) {
  TrafficKeys keys = derive_keys(suite, secret_of(suite, seed)).value();
  if (version == Version::tls12) keys.iv.set(Bytes(fixed_iv_size(suite), seed));
  return keys;
}

HeldKeys held(Version version = Version::tls13, Suite suite = Suite::aes128_gcm_sha256) {
  HeldKeys keys(version, suite);
  keys.set(Direction::read, secret_of(suite, 1), keys_of(version, suite, 1));
  keys.set(Direction::write, secret_of(suite, 2), keys_of(version, suite, 2));
  return keys;
}

bool same(ByteView a, ByteView b) {
  return std::ranges::equal(a, b);
}

TEST(HeldKeys, AreThoseThatWereSetWhateverTheirLengths) {
  for (const Version version : {Version::tls12, Version::tls13}) {
    for (const Suite suite :
         {Suite::aes128_gcm_sha256, Suite::aes256_gcm_sha384, Suite::chacha20_poly1305_sha256}) {
      const HeldKeys first = held(version, suite);
      HeldKeys second(Version::tls13, Suite::aes128_gcm_sha256);
      second = held(version, suite);
      for (const HeldKeys* keys : {&first, &std::as_const(second)}) {
        EXPECT_EQ(keys->version(), version);
        EXPECT_EQ(keys->suite(), suite);
        std::uint8_t seed = 1;
        for (const Direction direction : {Direction::read, Direction::write}) {
          const TrafficKeys expected = keys_of(version, suite, seed);
          EXPECT_TRUE(same(keys->key(direction), expected.key.reveal()));
          EXPECT_TRUE(same(keys->iv(direction), expected.iv.reveal()));
          const TrafficSecret secret = secret_of(suite, seed);
          EXPECT_TRUE(same(keys->secret(direction),
                           version == Version::tls13 ? secret.reveal() : ByteView()));
          ++seed;
        }
      }
    }
  }
}

TEST(HeldKeys, OfAnotherLengthAreNeverTaken) {
  HeldKeys keys(Version::tls13, Suite::aes128_gcm_sha256);
  const Suite longer = Suite::aes256_gcm_sha384;
  EXPECT_DEATH(keys.set(Direction::read, secret_of(longer, 1), keys_of(Version::tls13, longer, 1)),
               "");
}

TEST(HeldKeys, ReplacedOnesLeaveNoTraceAndTheOthersStay) {
  const Suite suite = Suite::aes128_gcm_sha256;
  HeldKeys keys = held();
  const std::uint8_t* const begin = keys.secret(Direction::read).data();
  const std::size_t size = 2 * (32 + 16 + 12);
  const TrafficKeys read = keys_of(Version::tls13, suite, 1);
  const TrafficKeys write = keys_of(Version::tls13, suite, 2);
  ASSERT_TRUE(is_left_of(read.key.reveal(), memory_at(begin, size)));

  keys.set(Direction::read, secret_of(suite, 3), keys_of(Version::tls13, suite, 3));

  const Bytes after = memory_at(begin, size);
  EXPECT_FALSE(is_left_of(read.key.reveal(), after));
  EXPECT_FALSE(is_left_of(read.iv.reveal(), after));
  EXPECT_FALSE(is_left_of(secret_of(suite, 1).reveal(), after));
  EXPECT_TRUE(is_left_of(write.key.reveal(), after));
}

TEST(HeldKeys, EndedOnesLeaveNoTrace) {
  const TrafficKeys read = keys_of(Version::tls13, Suite::aes128_gcm_sha256, 1);
  const TrafficKeys write = keys_of(Version::tls13, Suite::aes128_gcm_sha256, 2);
  const std::size_t size = 2 * (32 + 16 + 12);

  // What nobody wipes is found in memory that was given back: else this would show nothing.
  auto careless = std::make_unique<std::uint8_t[]>(size);
  std::ranges::copy(write.key.reveal(), careless.get() + size - 16);
  const std::uint8_t* const left = careless.get();
  careless.reset();
  ASSERT_TRUE(is_left_of(write.key.reveal(), memory_at(left, size)));

  std::optional<HeldKeys> keys = held();
  const std::uint8_t* place = keys->secret(Direction::read).data();
  keys.reset();
  EXPECT_FALSE(is_left_of(read.key.reveal(), memory_at(place, size)));
  EXPECT_FALSE(is_left_of(write.key.reveal(), memory_at(place, size)));

  keys = held();
  place = keys->secret(Direction::read).data();
  HeldKeys others(Version::tls13, Suite::aes256_gcm_sha384);
  *keys = std::move(others);
  EXPECT_FALSE(is_left_of(read.key.reveal(), memory_at(place, size)));
  EXPECT_FALSE(is_left_of(write.key.reveal(), memory_at(place, size)));
}

TEST(HeldKeys, AMoveTakesThemAlong) {
  HeldKeys first = held();
  const std::uint8_t* const place = first.key(Direction::read).data();
  const HeldKeys second(std::move(first));
  EXPECT_EQ(second.key(Direction::read).data(), place) << "what is keyed by its place stays so";
}

}  // namespace
}  // namespace fastness::tls
