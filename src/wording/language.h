#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fastness::wording {

// What letters to people are written in.
enum class Language : std::uint8_t { english, german };

inline constexpr std::array kLanguages = {Language::english, Language::german};

// "en", "de" (ISO 639-1), as settings, answers and tables have it.
[[nodiscard]] std::string_view to_text(Language language);
// Nothing for any other text.
[[nodiscard]] std::optional<Language> parse_language(std::string_view text);

}  // namespace fastness::wording
