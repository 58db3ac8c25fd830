#include "wording/language.h"

namespace fastness::wording {

std::string_view to_text(Language language) {
  switch (language) {
    case Language::english:
      return "en";
    case Language::german:
      return "de";
  }
  return {};
}

std::optional<Language> parse_language(std::string_view text) {
  for (const Language language : kLanguages) {
    if (to_text(language) == text) return language;
  }
  return std::nullopt;
}

}  // namespace fastness::wording
