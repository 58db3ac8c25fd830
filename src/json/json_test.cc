#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "base/fixed_limits.h"
#include "json/object_reader.h"
#include "json/time_text.h"
#include "json/value_json.h"
#include "json/writer.h"

namespace fastness::json {
namespace {

TEST(Parse, ReadsEveryKind) {
  const auto document =
      parse(R"( {"a":null,"b":true,"c":-3,"d":2.5,"e":"\u00e9\n","f":[1,[]],"g":{}} )");

  ASSERT_TRUE(document);
  EXPECT_EQ(to_text(*document),
            R"({"a":null,"b":true,"c":-3,"d":2.5,"e":"é\n","f":[1,[]],"g":{}})");
}

TEST(Parse, RefusesWhatIsNotOneDocument) {
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\":1}x", "1 2", "nul", "'a'", "{a:1}", "01",
                           "\"\xff\"", "\"\\ud800\"", "[1] // c", "\"a\nb\"", "NaN"}) {
    SCOPED_TRACE(text);
    const auto document = parse(text);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code, Errc::invalid_argument);
  }
}

TEST(Parse, RefusesANameTwiceInOneObject) {
  EXPECT_FALSE(parse(R"({"a":1,"a":2})"));
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many += "\"k" + std::to_string(i) + "\":1,";
  EXPECT_TRUE(parse(many + "\"z\":1}"));
  EXPECT_FALSE(parse(many + "\"k7\":1}"));
  EXPECT_TRUE(parse(R"({"a":{"a":1}})"));
}

TEST(Parse, StopsAtItsLimits) {
  EXPECT_TRUE(parse("[[]]", {.max_depth = 2}));
  const auto deep = parse("[[[]]]", {.max_depth = 2});
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, Errc::exhausted);

  EXPECT_TRUE(parse("1234", {.max_bytes = 4}));
  const auto long_text = parse("12345", {.max_bytes = 4});
  ASSERT_FALSE(long_text);
  EXPECT_EQ(long_text.error().code, Errc::exhausted);
}

TEST(Parse, ANumberTooLargeForInt64IsADouble) {
  const auto document = parse("18446744073709551615");

  ASSERT_TRUE(document);
  EXPECT_EQ(*document->get<double>(), 18446744073709551615.0);
}

TEST(Parse, ANumberIsTheNearestDouble) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number) || number == std::trunc(number)) continue;
    const auto parsed = parse(to_text(Value(number)));
    ASSERT_TRUE(parsed) << number;
    EXPECT_EQ(*parsed->get<double>(), number);
  }
  const std::string text = "866666666666666666666666666666266666666666666666";
  EXPECT_EQ(*parse(text)->get<double>(), 866666666666666666666666666666266666666666666666.0);
}

TEST(Parse, RefusesWhatNoDoubleHolds) {
  for (const char* text : {"1e999", "-1e400", "[1e309]"}) EXPECT_FALSE(parse(text)) << text;
  EXPECT_EQ(*parse("1e-999")->get<double>(), 0.0);
}

TEST(Writer, KeepsTheSignOfZero) {
  EXPECT_EQ(to_text(*parse("-0.0")), "-0.0");
  EXPECT_TRUE(std::signbit(*parse("-0.0")->get<double>()));
  EXPECT_EQ(to_text(*parse("0.0")), "0");
}

TEST(Writer, EscapesWhatCouldEndAStringOrAScript) {
  EXPECT_EQ(to_text("a\"\\\x01</script>"), R"("a\"\\\u0001\u003c/script>")");
}

TEST(Writer, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(to_text("a\xff\xc0\x80z"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz\"");
}

TEST(Writer, HasNoSpellingForNotANumber) {
  EXPECT_EQ(to_text(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(to_text(0.1), "0.1");
}

TEST(Writer, KeepsTheOrderOfTheCalls) {
  Writer out;
  out.begin_object();
  out.field("z", 1);
  out.field_if("empty", std::string());
  out.begin_array("a");
  out.value(true);
  out.begin_object();
  out.end_object();
  out.end_array();
  out.field("t", Timestamp());
  out.end_object();

  EXPECT_EQ(out.text(), R"({"z":1,"a":[true,{}],"t":"1970-01-01T00:00:00Z"})");
}

TEST(ObjectReader, NamesTheFieldThatIsWrong) {
  const auto document = parse(R"({"n":1.5,"u":"x","t":"abc","l":7,"o":null})");
  ASSERT_TRUE(document);
  const auto reader = ObjectReader::of(*document, "body");
  ASSERT_TRUE(reader);

  EXPECT_EQ(reader->integer("n").error(), (FieldError{"body.n", "must be an integer"}));
  EXPECT_EQ(reader->uuid("u").error(), (FieldError{"body.u", "must be a UUID"}));
  EXPECT_EQ(reader->text("t", {.min = 4}).error(),
            (FieldError{"body.t", "must have at least 4 characters"}));
  EXPECT_EQ(reader->text("t", {.max = 2}).error(),
            (FieldError{"body.t", "must have at most 2 bytes"}));
  EXPECT_EQ(reader->text("l").error(), (FieldError{"body.l", "must be a string"}));
  EXPECT_EQ(reader->boolean("gone").error(), (FieldError{"body.gone", "is missing"}));
  EXPECT_EQ(reader->array("l").error(), (FieldError{"body.l", "must be a list"}));
  EXPECT_FALSE(reader->optional("o", &ObjectReader::number)->has_value());
  EXPECT_EQ(reader->optional("l", &ObjectReader::number)->value(), 7.0);
  EXPECT_FALSE(ObjectReader::of(Value(true)));
}

TEST(ObjectReader, TakesAWholeNumberAsInteger) {
  const auto document = parse(R"({"a":3.0,"b":9223372036854775808,"c":1e300})");
  const auto reader = ObjectReader::of(*document);

  EXPECT_EQ(*reader->integer("a"), 3);
  EXPECT_FALSE(reader->integer("b"));
  EXPECT_FALSE(reader->integer("c"));
}

TEST(ToValue, ReadsScalarsAndObjectsOfScalars) {
  const auto value = to_value(*parse(R"({"sat":20,"hue":10.5,"on":true})"));

  ASSERT_TRUE(value);
  EXPECT_EQ(to_text(*value), R"({"hue":10.5,"on":true,"sat":20})");
  EXPECT_EQ(*to_value(*parse("false")), fastness::Value(false));
  EXPECT_EQ(*to_value(*parse("0")), fastness::Value(0));
  EXPECT_EQ(*to_value(*parse("\"\"")), fastness::Value(""));
  for (const char* text : {"null", "[]", "{}", R"({"a":{}})", R"({"a":null})"}) {
    EXPECT_FALSE(to_value(*parse(text), "value")) << text;
  }
}

TEST(TimeText, GoesThereAndBack) {
  for (const char* text : {"1970-01-01T00:00:00Z", "2026-11-22T14:03:07.120Z",
                           "2024-02-29T23:59:59.000001Z", "9999-12-31T23:59:59Z"}) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_time_text(*time), text);
  }
}

TEST(TimeText, WritesEveryMomentThereIs) {
  using namespace std::chrono_literals;
  EXPECT_EQ(to_time_text(Timestamp() - 1us), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_time_text(Timestamp() - 1s), "1969-12-31T23:59:59Z");
  // Years past 32767 are written as others, and harm nothing.
  EXPECT_TRUE(to_time_text(Timestamp::min()).ends_with("-21T19:59:05.224192Z"));
  EXPECT_TRUE(to_time_text(Timestamp::max()).ends_with("-10T04:00:54.775807Z"));
}

TEST(TimeText, ReadsOffsetsAndFractions) {
  EXPECT_EQ(to_time_text(*parse_time("2026-01-01T00:30:00+01:00")), "2025-12-31T23:30:00Z");
  EXPECT_EQ(to_time_text(*parse_time("2026-01-01 00:30:00.5-00:30")), "2026-01-01T01:00:00.500Z");
  EXPECT_EQ(to_time_text(*parse_time("2026-01-01T00:00:00.123456789Z")),
            "2026-01-01T00:00:00.123456Z");
  EXPECT_EQ(to_time_text(*parse_time("2016-12-31T23:59:60Z")), "2017-01-01T00:00:00Z");
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z", "1969-12-31T23:59:59Z",
        "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:61Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(Parse, HoldsADocumentToTheLimitsThatAreAlwaysThere) {
  constexpr std::size_t kBytes = fixed_limit("json.document_bytes");
  constexpr std::size_t kDepth = fixed_limit("json.depth");
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse("1" + std::string(kBytes - 1, ' ')));
  EXPECT_EQ(parse("1" + std::string(kBytes, ' ')).error().code, Errc::exhausted);
  EXPECT_TRUE(parse(nested(kDepth)));
  EXPECT_EQ(parse(nested(kDepth + 1)).error().code, Errc::exhausted);
}

}  // namespace
}  // namespace fastness::json
