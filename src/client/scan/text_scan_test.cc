#include "client/scan/text_scan.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/bytes.h"
#include "crypto/secret/key_text.h"
#include "crypto/secret/system_random.h"

namespace fastness::client {
namespace {

namespace fs = std::filesystem;

std::string new_api_key() {
  crypto::SystemRandom random;
  return std::string(as_text(crypto::make_client_secret(random).reveal()));
}

// "a.txt:3 API key" for each.
struct Seen {
  std::vector<std::string> lines;
  std::vector<std::string> shown;
  std::vector<std::string> unreadable;

  OnSecret found() {
    return [this](const SecretInText& each) {
      lines.push_back(fs::path(each.file).filename().string() + ":" + std::to_string(each.line) +
                      " " + std::string(crypto::to_text(each.kind)));
      shown.push_back(each.beginning());
    };
  }
};

std::vector<std::string> seen_in(const std::string& text, std::size_t piece) {
  Seen seen;
  TextScan scan("t", seen.found());
  for (std::size_t at = 0; at < text.size(); at += piece) scan.read(text.substr(at, piece));
  scan.finish();
  return seen.lines;
}

TEST(TextScanTest, EverySecretIsToldOnceHoweverTheTextIsCut) {
  const std::string code = "FC-7M3K-0PXV-9ZDB-WH52-J";
  const std::string key = new_api_key();
  const std::string text = key + "\n" + std::string(200, 'f') + "\n\n" + code + "\nx" + code + " " +
                           code + "x\n" + std::string(90, '\n') + key + key + "\n/setup#" +
                           std::string(43, 'A') + "\n" + std::string(300, '/') + key;
  const auto whole = seen_in(text, text.size());
  EXPECT_EQ(whole, (std::vector<std::string>{"t:1 API key", "t:4 claim code", "t:96 API key",
                                             "t:96 API key", "t:97 set-up link", "t:98 API key"}));
  for (std::size_t piece = 1; piece < 150; ++piece) EXPECT_EQ(seen_in(text, piece), whole) << piece;
}

TEST(TextScanTest, WhatIsShownIsNoSecret) {
  Seen seen;
  TextScan scan("t", seen.found());
  const std::string key = new_api_key();
  scan.read(key + " FC-7M3K-0PXV-9ZDB-WH52-J /setup#" + std::string(43, 'A'));
  scan.finish();
  EXPECT_EQ(seen.shown,
            (std::vector<std::string>{key.substr(0, 14) + "...", "FC-...", "/setup#..."}));
}

class ScanPath : public ::testing::Test {
 protected:
  ScanPath() {
    std::string name = (fs::temp_directory_path() / "fastness-scan-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~ScanPath() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  Result<void> scan(const fs::path& path) {
    return scan_path(path, seen_.found(),
                     [this](const std::string& file) { seen_.unreadable.push_back(file); });
  }

  fs::path folder_;
  Seen seen_;
};

TEST_F(ScanPath, FilesOfEveryKindAreReadAndThoseOfGitAreNot) {
  const std::string key = new_api_key();
  write("deep/er/.env", "\nSECRET=" + key);
  write("sketch.bin", std::string("\0\1\2", 3) + std::string(100'000, '\0') + key);
  write(".git/objects/ab", key);
  write("clean.txt", "nothing");
  fs::create_symlink(folder_ / "sketch.bin", folder_ / "link");
  fs::create_directory_symlink(folder_, folder_ / "loop");

  ASSERT_TRUE(scan(folder_));

  std::ranges::sort(seen_.lines);
  EXPECT_EQ(seen_.lines, (std::vector<std::string>{".env:2 API key", "sketch.bin:1 API key"}));
  EXPECT_TRUE(seen_.unreadable.empty());
}

TEST_F(ScanPath, OneFileIsReadAndNoneIsAnError) {
  write("one", new_api_key());
  ASSERT_TRUE(scan(folder_ / "one"));
  EXPECT_EQ(seen_.lines.size(), 1U);
  EXPECT_EQ(scan(folder_ / "two").error().code, Errc::not_found);
}

}  // namespace
}  // namespace fastness::client
