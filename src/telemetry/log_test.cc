#include "telemetry/log.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/testing/captured_log.h"

namespace fastness::telemetry {
namespace {

using ::testing::ElementsAre;

std::string text_of(std::string_view value) {
  const std::vector<Field> fields = {{"v", value}};
  const std::string line = render_text({LogLevel::info, "l", "e", fields});
  return line.substr(line.find("v=") + 2);
}

std::string json_of(const Field& field) {
  const std::vector<Field> fields = {field};
  const std::string line = render_json({LogLevel::info, "l", "e", fields});
  return line.substr(line.find("\"v\":") + 4);
}

TEST(Log, WritesLoggerEventAndFieldsInOneLine) {
  const testing::CapturedLog captured;

  captured.log().named("gateway").info("started", {{"port", 8883}, {"ratio", 0.5}, {"tls", true}});

  EXPECT_THAT(captured.lines(),
              ElementsAre("level=info logger=gateway event=started port=8883 ratio=0.5 tls=true"));
}

TEST(Log, DropsWhatIsBelowItsLevel) {
  struct Count final : LogSink {
    void write(const LogRecord&) override { ++written; }
    int written = 0;
  };
  auto sink = std::make_shared<Count>();
  const Log log(sink, LogLevel::warning, "x");

  log.debug("a");
  log.info("b");
  log.warning("c");
  log.error("d");

  EXPECT_EQ(sink->written, 2);
}

TEST(Log, DiscardSaysNothing) {
  Log::discard().error("nobody_hears");
  EXPECT_FALSE(Log::discard().is_enabled(LogLevel::error));
}

// Log injection: a client id or a user name must neither end the line, nor fake a field, nor send
// escape sequences to the terminal of whoever reads it.
TEST(Log, EscapesWhatCouldForgeALineOrDriveATerminal) {
  struct Case {
    std::string_view input;
    std::string_view text;
    std::string_view json;
  };
  const Case cases[] = {
      {"plain", "plain", "\"plain\"}"},
      {"", "\"\"", "\"\"}"},
      {"two words", "\"two words\"", "\"two words\"}"},
      {"x level=error", "\"x level=error\"", "\"x level=error\"}"},
      {"a\nlevel=info", R"("a\u000alevel=info")", R"("a\u000alevel=info"})"},
      {"\x1b[2J", R"("\u001b[2J")", R"("\u001b[2J"})"},
      {"q\"b\\", R"("q\"b\\")", R"("q\"b\\"})"},
      {"\xc2\x9b[2J", R"("\u009b[2J")", R"("\u009b[2J"})"},               // C1 CSI
      {"\xe2\x80\xae", R"("\u202e")", R"("\u202e"})"},                    // right-to-left override
      {"\xe2\x80\xa8", R"("\u2028")", R"("\u2028"})"},                    // line separator
      {"caf\xc3\xa9", "\"caf\xc3\xa9\"", "\"caf\xc3\xa9\"}"},             // é stays é
      {"\xff\xc0\x80", R"("\xff\xc0\x80")", R"("\ufffd\ufffd\ufffd"})"},  // overlong NUL
      {"\xed\xa0\x80", R"("\xed\xa0\x80")", R"("\ufffd\ufffd\ufffd"})"},  // surrogate
      {"\xe2\x80", R"("\xe2\x80")", R"("\ufffd\ufffd"})"},                // cut off
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(text_of(c.input), c.text);
    EXPECT_EQ(json_of({"v", c.input}), c.json);
  }
}

TEST(Log, JsonHasNoNotANumber) {
  EXPECT_EQ(json_of({"v", std::nan("")}), "null}");
  EXPECT_EQ(json_of({"v", -3}), "-3}");
  EXPECT_EQ(json_of({"v", ~std::uint64_t{0}}), "18446744073709551615}");
}

TEST(Log, StderrLinesCarryTheTimeAndAreNotFormatStrings) {
  ::testing::internal::CaptureStderr();
  Log::to_stderr(LogFormat::text, LogLevel::info, "main").info("odd", {{"v", "{} %s {0}"}});
  Log::to_stderr(LogFormat::json, LogLevel::info, "main").info("odd", {{"v", 1}});
  const std::string out = ::testing::internal::GetCapturedStderr();

  EXPECT_THAT(out, ::testing::ContainsRegex(
                       "^[0-9-]{10}T[0-9:.]{12}Z level=info logger=main event=odd v=\"\\{\\} %s"));
  EXPECT_THAT(out, ::testing::ContainsRegex("\\{\"time\":\"[0-9T:.-]+Z\",\"level\":\"info\","
                                            "\"logger\":\"main\",\"event\":\"odd\",\"v\":1\\}"));
}

}  // namespace
}  // namespace fastness::telemetry
