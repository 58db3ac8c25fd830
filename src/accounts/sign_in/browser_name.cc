#include "accounts/sign_in/browser_name.h"

#include <array>

namespace fastness::accounts {
namespace {

struct BrowserWord {
  std::string_view sign;
  std::string_view name;
};

// The first that fits: Edge and Opera say Chrome too, and Chrome says Safari.
constexpr std::array kBrowsers = {BrowserWord{"Firefox/", "Firefox"},
                                  BrowserWord{"FxiOS/", "Firefox"},
                                  BrowserWord{"Edg", "Edge"},
                                  BrowserWord{"OPR/", "Opera"},
                                  BrowserWord{"SamsungBrowser/", "Samsung Internet"},
                                  BrowserWord{"CriOS/", "Chrome"},
                                  BrowserWord{"Chrome/", "Chrome"},
                                  BrowserWord{"Safari/", "Safari"}};
constexpr std::array kSystems = {
    BrowserWord{"Android", "Android"}, BrowserWord{"iPhone", "iPhone"},
    BrowserWord{"iPad", "iPad"},       BrowserWord{"Windows", "Windows"},
    BrowserWord{"Macintosh", "macOS"}, BrowserWord{"CrOS", "ChromeOS"},
    BrowserWord{"Linux", "Linux"}};

constexpr std::string_view kUnknown = "another program";
constexpr std::string_view kOn = " on ";

template <std::size_t Size>
std::string_view word_for(std::string_view text, const std::array<BrowserWord, Size>& words) {
  for (const BrowserWord& word : words) {
    if (text.find(word.sign) != std::string_view::npos) return word.name;
  }
  return {};
}

}  // namespace

std::string browser_name(std::string_view raw_user_agent) {
  const std::string_view browser = word_for(raw_user_agent, kBrowsers);
  if (browser.empty()) return std::string(kUnknown);
  const std::string_view system = word_for(raw_user_agent, kSystems);
  return std::string(browser) + (system.empty() ? "" : std::string(kOn).append(system));
}

bool is_one_browser(std::string_view one, std::string_view other) {
  return one.substr(0, one.find(kOn)) == other.substr(0, other.find(kOn));
}

wording::Phrase browser_phrase(std::string_view name) {
  if (name == kUnknown) return {.en = std::string(name), .de = "einem anderen Programm"};
  const std::size_t on = name.find(kOn);
  if (on == std::string_view::npos) return wording::alike(name);
  const std::string browser(name.substr(0, on));
  const std::string platform(name.substr(on + kOn.size()));
  const bool is_device = platform == "iPhone" || platform == "iPad";
  return {.en = std::string(name),
          .de = browser + (is_device ? " auf einem " : " unter ") + platform};
}

}  // namespace fastness::accounts
