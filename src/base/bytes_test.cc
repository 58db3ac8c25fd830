#include "base/bytes.h"

#include <array>

#include <gtest/gtest.h>

namespace fastness {
namespace {

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  const struct {
    std::string_view plain;
    std::string_view encoded;
  } cases[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.plain);
    EXPECT_EQ(to_base64(as_bytes(c.plain)), c.encoded);
    const auto decoded = from_base64(c.encoded);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(as_text(*decoded), c.plain);
    const auto url = from_base64url(to_base64url(as_bytes(c.plain)));
    ASSERT_TRUE(url);
    EXPECT_EQ(as_text(*url), c.plain);
  }
}

TEST(Base64, RefusesEveryOtherSpelling) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zh==", "Z===", "Zg==\n", "Zm9v-", "====", "Zm9_"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(from_base64(text));
  }
  for (const std::string_view text : {"Zg==", "Zh", "A", "Zm9+"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(from_base64url(text));
  }
}

TEST(Hex, RoundTripsAndRefusesTheRest) {
  const Bytes bytes{0x00, 0x7f, 0xff};
  EXPECT_EQ(to_hex(bytes), "007fff");
  EXPECT_EQ(from_hex("007FfF").value(), bytes);
  for (const std::string_view text : {"0", "0g", " 00", "0x00"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(from_hex(text));
  }
}

TEST(ByteReader, ReadsWhatTheWriterWrote) {
  Bytes bytes;
  ByteWriter writer(bytes);
  writer.u8(1);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.i64(-2);
  writer.f64(1.5);
  writer.sized("text");

  ByteReader reader(bytes);

  EXPECT_EQ(bytes[1], 0x02);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0x04050607U);
  EXPECT_EQ(reader.i64(), -2);
  EXPECT_EQ(reader.f64(), 1.5);
  EXPECT_EQ(reader.sized_text(), "text");
  EXPECT_TRUE(reader.finish("record"));
}

TEST(ByteReader, OneShortReadFailsAllThatFollow) {
  const Bytes bytes{0, 0, 0, 9, 'a'};
  ByteReader reader(bytes);

  EXPECT_TRUE(reader.sized().empty());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.finish("record").error().code, Errc::corrupted);
}

TEST(ByteReader, LeftOverBytesAreCorruption) {
  const Bytes bytes{1, 2};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.finish("record").error().code, Errc::corrupted);
}

}  // namespace
}  // namespace fastness
