#include "accounts/sign_in/browser_name.h"

#include <gtest/gtest.h>

namespace fastness::accounts {
namespace {

TEST(BrowserName, IsWhatAPersonCallsIt) {
  const struct {
    std::string_view agent;
    std::string_view name;
  } kCases[] = {
      {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
       "Firefox on Linux"},
      {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
       "Edge on Windows"},
      {"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
       "Mobile Safari/537.36",
       "Chrome on Android"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
       "Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
       "Safari on iPhone"},
      {"Firefox/1", "Firefox"},
      {"curl/8.5.0", "another program"},
      {"", "another program"},
  };
  for (const auto& each : kCases) EXPECT_EQ(browser_name(each.agent), each.name) << each.agent;
}

TEST(BrowserName, KeepsNothingOfWhatItWasSent) {
  const std::string name = browser_name("<script>alert(1)</script> Firefox/1 \n Linux secret");

  EXPECT_EQ(name, "Firefox on Linux");
}

TEST(BrowserName, IsOneBrowserOnWhateverSystem) {
  EXPECT_TRUE(is_one_browser("Chrome on Android", "Chrome on Linux")) << "the desktop's page";
  EXPECT_TRUE(is_one_browser("Firefox", "Firefox on Linux"));
  EXPECT_TRUE(is_one_browser("another program", "another program"));
  EXPECT_FALSE(is_one_browser("Chrome on Linux", "Firefox on Linux"));
  EXPECT_FALSE(is_one_browser("Chrome on Linux", "another program"));
  EXPECT_FALSE(is_one_browser("Chrome on Linux", ""));
}

TEST(BrowserName, IsSetIntoSentencesOfEachLanguage) {
  const struct {
    std::string_view name;
    std::string_view german;
  } kCases[] = {{"Firefox on Linux", "Firefox unter Linux"},
                {"Safari on iPhone", "Safari auf einem iPhone"},
                {"Firefox", "Firefox"},
                {"another program", "einem anderen Programm"}};
  for (const auto& each : kCases) {
    EXPECT_EQ(browser_phrase(each.name).en, each.name);
    EXPECT_EQ(browser_phrase(each.name).de, each.german);
  }
}

}  // namespace
}  // namespace fastness::accounts
