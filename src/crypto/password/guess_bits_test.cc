#include "crypto/password/guess_bits.h"

#include <array>

#include <gtest/gtest.h>

namespace fastness::crypto {
namespace {

constexpr double kEasy = 33;  // ten thousand million guesses

TEST(GuessBits, WhatPeopleUseIsEasy) {
  for (const char* secret :
       {"password1234", "aaaaaaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabc", "qwertyuiopasdf",
        "0123456789abcdef", "summer2024summer", "P@ssw0rdP@ssw0rd", "iloveyou12041987"}) {
    EXPECT_LT(guess_bits(secret, {}), kEasy) << secret;
  }
}

TEST(GuessBits, LongOrRandomIsHard) {
  for (const char* secret : {"correct horse battery staple", "Ls9a7fhjkwQz", "kF3vR8mXq2Lz"}) {
    EXPECT_GT(guess_bits(secret, {}), kEasy) << secret;
  }
}

TEST(GuessBits, WordsAboutThePersonAreEasy) {
  const std::string_view secret = "babbagegreenhouse";
  const std::array<std::string_view, 2> about{"babbage", "greenhouse"};
  EXPECT_LT(guess_bits(secret, about), kEasy);
  EXPECT_LT(guess_bits(secret, about), guess_bits(secret, {}));
}

TEST(GuessBits, TakesAnyLengthAndByte) {
  EXPECT_EQ(guess_bits("", {}), 0);
  EXPECT_GT(guess_bits(std::string(100'000, 'x') + "y", {}), 0);
  std::string bytes;
  for (int i = 1; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  EXPECT_GT(guess_bits(bytes, {}), kEasy);
}

}  // namespace
}  // namespace fastness::crypto
