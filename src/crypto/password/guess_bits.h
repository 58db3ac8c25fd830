#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fastness::crypto {

// How many bits of work somebody needs to guess `secret` who knows the usual words, names, dates,
// keyboard rows and repetitions, and also `known_words`, which are about the person. An estimate
// by zxcvbn (Wheeler, USENIX Security 2016). Only the first 256 bytes count. Thread-safe.
[[nodiscard]] double guess_bits(std::string_view secret,
                                std::span<const std::string_view> known_words);

}  // namespace fastness::crypto
