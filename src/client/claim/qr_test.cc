#include "client/claim/qr.h"

#include <vector>

#include <gtest/gtest.h>

namespace fastness::client {
namespace {

constexpr const char* kSomeCode = "FC-7M3K-0PXV-9ZDB-WH52-J";

// What a camera sees: rows of modules, true where dark.
std::vector<std::vector<bool>> seen(std::string_view drawn) {
  std::vector<std::vector<bool>> modules;
  while (!drawn.empty()) {
    std::string_view line = drawn.substr(0, drawn.find('\n'));
    drawn.remove_prefix(line.size() + 1);
    line.remove_prefix(line.find('m') + 1);
    line = line.substr(0, line.find('\x1b'));
    std::vector<bool> upper;
    std::vector<bool> lower;
    while (!line.empty()) {
      const bool is_blank = line.front() == ' ';
      const std::string_view sign = line.substr(0, is_blank ? 1 : 3);
      upper.push_back(sign == "█" || sign == "▀");
      lower.push_back(sign == "█" || sign == "▄");
      line.remove_prefix(sign.size());
    }
    modules.push_back(std::move(upper));
    modules.push_back(std::move(lower));
  }
  return modules;
}

// ISO/IEC 18004: seven by seven, a dark ring, a light one, three by three dark.
bool is_finder(const std::vector<std::vector<bool>>& modules, std::size_t top, std::size_t left) {
  for (std::size_t y = 0; y < 7; ++y) {
    for (std::size_t x = 0; x < 7; ++x) {
      const bool is_ring = y == 0 || y == 6 || x == 0 || x == 6;
      const bool is_core = y >= 2 && y <= 4 && x >= 2 && x <= 4;
      if (modules.at(top + y).at(left + x) != (is_ring || is_core)) return false;
    }
  }
  return true;
}

TEST(Qr, HasItsFindersInThreeCornersAndQuietAround) {
  const auto modules = seen(qr_for_terminal(kSomeCode).value());

  const std::size_t width = modules.at(0).size();
  ASSERT_GE(width, 21U + 8U);
  EXPECT_EQ((width - 8 - 21) % 4, 0U) << "a size that there is";
  ASSERT_GE(modules.size(), width);
  const std::size_t far = width - 4 - 7;
  EXPECT_TRUE(is_finder(modules, 4, 4));
  EXPECT_TRUE(is_finder(modules, 4, far));
  EXPECT_TRUE(is_finder(modules, far, 4));
  EXPECT_FALSE(is_finder(modules, far, far));
  for (std::size_t i = 0; i < width; ++i) {
    for (std::size_t edge = 0; edge < 4; ++edge) {
      EXPECT_FALSE(modules.at(edge).at(i) || modules.at(i).at(edge));
      EXPECT_FALSE(modules.at(width - 1 - edge).at(i) || modules.at(i).at(width - 1 - edge));
    }
  }
}

TEST(Qr, AnotherTextIsAnotherPicture) {
  EXPECT_EQ(qr_for_terminal(kSomeCode).value(), qr_for_terminal(kSomeCode).value());
  EXPECT_NE(qr_for_terminal(kSomeCode).value(), qr_for_terminal("FC").value());
}

TEST(Qr, WhatDoesNotFitIsRefused) {
  EXPECT_TRUE(qr_for_terminal(std::string(512, 'x')));
  for (const std::string& bad : {std::string(), std::string(513, 'x'), std::string("a\0b", 3)}) {
    EXPECT_EQ(qr_for_terminal(bad).error().code, Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace fastness::client
