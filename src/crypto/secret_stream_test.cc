#include "crypto/secret_stream.h"

#include <vector>

#include <gtest/gtest.h>

#include "crypto/secret/system_random.h"

namespace fastness::crypto {
namespace {

class SecretStream : public ::testing::Test {
 protected:
  SecretStream() {
    SystemRandom random;
    random.fill(key_.reveal());
    StreamSealer sealer(key_);
    header_ = sealer.header();
    parts_.push_back(sealer.seal(as_bytes("one"), as_bytes("context"), StreamPart::more));
    parts_.push_back(sealer.seal(as_bytes("two"), {}, StreamPart::more));
    parts_.push_back(sealer.seal({}, {}, StreamPart::last));
  }

  SecretBytes key_ = SecretBytes(32);
  StreamHeader header_{};
  std::vector<Bytes> parts_;
};

TEST_F(SecretStream, OpensWhatWasSealedInItsOrder) {
  StreamOpener opener = StreamOpener::create(key_, header_).value();

  const auto one = opener.open(parts_[0], as_bytes("context")).value();
  const auto two = opener.open(parts_[1], {}).value();
  const auto end = opener.open(parts_[2], {}).value();

  EXPECT_EQ(as_text(one.plain), "one");
  EXPECT_EQ(one.part, StreamPart::more);
  EXPECT_EQ(as_text(two.plain), "two");
  EXPECT_TRUE(end.plain.empty());
  EXPECT_EQ(end.part, StreamPart::last);
}

TEST_F(SecretStream, APartThatIsChangedDoesNotOpen) {
  for (std::size_t i = 0; i < parts_[0].size(); ++i) {
    SCOPED_TRACE(i);
    Bytes changed = parts_[0];
    changed[i] ^= 1U;
    StreamOpener opener = StreamOpener::create(key_, header_).value();
    EXPECT_EQ(opener.open(changed, as_bytes("context")).error().code, Errc::corrupted);
  }
}

TEST_F(SecretStream, APartOutOfPlaceDoesNotOpen) {
  StreamOpener skipping = StreamOpener::create(key_, header_).value();
  EXPECT_EQ(skipping.open(parts_[1], {}).error().code, Errc::corrupted);

  StreamOpener repeating = StreamOpener::create(key_, header_).value();
  ASSERT_TRUE(repeating.open(parts_[0], as_bytes("context")));
  EXPECT_EQ(repeating.open(parts_[0], as_bytes("context")).error().code, Errc::corrupted);
}

TEST_F(SecretStream, AnotherKeyHeaderOrContextDoesNotOpen) {
  StreamOpener opener = StreamOpener::create(key_, header_).value();
  EXPECT_EQ(opener.open(parts_[0], as_bytes("another")).error().code, Errc::corrupted);

  StreamHeader other = header_;
  other[0] ^= 1U;
  StreamOpener headed = StreamOpener::create(key_, other).value();
  EXPECT_EQ(headed.open(parts_[0], as_bytes("context")).error().code, Errc::corrupted);

  key_.reveal()[0] ^= 1U;
  StreamOpener keyed = StreamOpener::create(key_, header_).value();
  EXPECT_EQ(keyed.open(parts_[0], as_bytes("context")).error().code, Errc::corrupted);
}

TEST_F(SecretStream, TooFewBytesAreNoPart) {
  StreamOpener opener = StreamOpener::create(key_, header_).value();
  EXPECT_EQ(opener.open({}, {}).error().code, Errc::corrupted);
  EXPECT_EQ(opener.open(Bytes(kStreamOverhead - 1), {}).error().code, Errc::corrupted);
}

}  // namespace
}  // namespace fastness::crypto
