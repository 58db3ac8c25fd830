#include "senml/pack.h"

#include <cmath>

#include <gtest/gtest.h>

#include "senml/cbor.h"

namespace fastness::senml {
namespace {

Result<Pack> unpack_hex(std::string_view hex) {
  return decode(from_hex(hex).value());
}

Record record(std::string name, Scalar value) {
  Record made;
  made.name = std::move(name);
  made.value = std::move(value);
  return made;
}

TEST(Pack, NoRecordsIsAPack) {
  EXPECT_TRUE(unpack_hex("80")->records.empty());
  EXPECT_TRUE(unpack_hex("9fff")->records.empty());
}

TEST(Pack, KeepsBaseTimeAndTimeApart) {
  const auto pack = unpack_hex("81a4221b0000018bcfe56800006474656d7002f94900061903e8");

  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->records[0].base_time, 1'700'000'000'000.0);
  EXPECT_EQ(pack->records[0].time, 1'000.0);
  EXPECT_EQ(pack->records[0].value, Scalar(10.0));
}

TEST(Pack, ReadsTheBaseName) {
  EXPECT_EQ(unpack_hex("81a3216475726e3a0061740201")->base_name, "urn:");
}

TEST(Pack, SkipsUnknownLabelsWithWhateverTheyHold) {
  // 5: sum, 8: data, 99: a map of arrays, -77: a chunked text, -78: a tagged value
  const auto pack = unpack_hex(
      "81a7006174050208420001186381"
      "a1618182f6f7384c7f6161ff384dc1000207");

  ASSERT_TRUE(pack) << pack.error().message;
  EXPECT_EQ(pack->records[0], record("t", std::int64_t{7}));
}

TEST(Pack, RefusesWhatIsNoPack) {
  const struct {
    const char* what;
    const char* hex;
  } cases[] = {
      {"nothing", ""},
      {"a map", "a0"},
      {"a number in place of a record", "8101"},
      {"an array that ends early", "82a2006174"},
      {"an endless array", "9fa2006174020a"},
      {"bytes after it", "8000"},
      {"a text label", "81a2616e6174617601"},
      {"two names", "81a3006174006175020a"},
      {"two values", "81a300617402010302"},
      {"two values of different kinds", "81a3006174020103617a"},
      {"two times", "81a400617402010601060a"},
      {"a text for a number", "81a20061740261aa"},
      {"a number for a text", "81a20061740301"},
      {"a name that is not UTF-8", "81a20061ff0201"},
      {"a time that is infinite",
       "81a300617402010"
       "6f97c00"},
      {"an integer over 64 bits", "81a2006174021bffffffffffffffff"},
      {"a reserved length", "81a20061740 21c"},
      {"an indefinite integer",
       "81a200617402"
       "1f"},
      {"a chunk of another kind", "81a2006174037f4161ff"},
      {"a chunk in a chunk", "81a2006174037f7f6161ffff"},
      {"a length that no input has", "9bffffffffffffffff"},
      {"a text that no input has", "81a20061747b7fffffffffffffff"},
      {"a break as a value", "81a200617402ff"},
  };
  for (const auto& [what, hex] : cases) {
    SCOPED_TRACE(what);
    std::string digits(hex);
    std::erase(digits, ' ');
    const auto pack = unpack_hex(digits);

    ASSERT_FALSE(pack);
    EXPECT_EQ(pack.error().code, Errc::invalid_argument);
  }
}

TEST(Pack, RefusesNestingWithoutEnd) {
  std::string hex = "81a10c";
  for (int i = 0; i < 10'000; ++i) hex += "81";
  EXPECT_FALSE(unpack_hex(hex + "00"));
}

TEST(Pack, TakesAsManyRecordsAsAllowedAndNotOneMore) {
  Bytes at_the_limit = encode(std::vector<Record>(kMaxRecords, record("t", true)));
  EXPECT_TRUE(decode(at_the_limit));
  EXPECT_FALSE(decode(encode(std::vector<Record>(kMaxRecords + 1, record("t", true)))));
}

TEST(Pack, TakesTextsUpToTheLimitAndNotAByteMore) {
  EXPECT_TRUE(decode(encode(std::vector{record("t", std::string(kMaxTextBytes, 'x'))})));
  EXPECT_FALSE(decode(encode(std::vector{record("t", std::string(kMaxTextBytes + 1, 'x'))})));
  EXPECT_TRUE(decode(encode(std::vector{record(std::string(kMaxNameBytes, 'x'), true)})));
  EXPECT_FALSE(decode(encode(std::vector{record(std::string(kMaxNameBytes + 1, 'x'), true)})));
}

TEST(Pack, WritesNumbersAsShortAsTheyStayExact) {
  const auto hex = [](double value) { return to_hex(encode(std::vector{record("t", value)})); };

  EXPECT_EQ(hex(2.0), "81a200617402fa40000000");
  EXPECT_EQ(hex(0.1), "81a200617402fb3fb999999999999a");
  EXPECT_EQ(hex(1e300), "81a200617402fb7e37e43c8800759c");
}

TEST(Pack, WritesBaseTimesAsIntegersThatBoardsRead) {
  Record timed = record("sw", true);
  timed.base_time = 1'700'000'000.0;

  EXPECT_EQ(to_hex(encode(std::vector{timed})), "81a3221a6553f1000062737704f5");
}

TEST(Pack, HalfPrecisionReadsLikeTheStandardsExamples) {
  const struct {
    const char* hex;
    double value;
  } cases[] = {{"0000", 0.0},
               {"8000", -0.0},
               {"3c00", 1.0},
               {"3e00", 1.5},
               {"7bff", 65504.0},
               {"0001", 5.960464477539063e-8},
               {"0400", 0.00006103515625},
               {"c400", -4.0}};
  for (const auto& [hex, value] : cases) {
    SCOPED_TRACE(hex);
    const auto pack = unpack_hex(std::string("81a200617402f9") + hex);

    ASSERT_TRUE(pack);
    EXPECT_EQ(std::get<double>(*pack->records[0].value), value);
  }
  EXPECT_TRUE(std::isinf(std::get<double>(*unpack_hex("81a200617402f97c00")->records[0].value)));
  EXPECT_TRUE(std::isnan(std::get<double>(*unpack_hex("81a200617402f97e00")->records[0].value)));
}

TEST(Pack, SkipsNestingUpToTheLimitAndNotALevelMore) {
  const auto nested = [](int levels) {
    std::string hex =
        "81a2006174"
        "0c";  // a record with a name and an unknown label
    for (int i = 1; i < levels; ++i) hex += "81";
    return hex + "00";  // the innermost
  };
  EXPECT_TRUE(unpack_hex(nested(CborReader::kMaxDepth)));
  EXPECT_FALSE(unpack_hex(nested(CborReader::kMaxDepth + 1)));
}

}  // namespace
}  // namespace fastness::senml
