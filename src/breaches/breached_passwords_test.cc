#include "breaches/breached_passwords.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/bytes.h"

namespace fastness::breaches {
namespace {

using ::testing::HasSubstr;

enum class LineEnd : std::uint8_t { lf, crlf };

std::string hash_of(std::string_view password) {
  std::string hash = to_hex(crypto::breach_key(password));
  std::ranges::transform(hash, hash.begin(), [](unsigned char c) { return std::toupper(c); });
  return hash;
}

// The lines as the service has them, with counts of any length.
std::vector<std::string> lines_of(const std::set<std::string>& passwords) {
  std::vector<std::string> lines;
  for (const std::string& password : passwords) {
    const std::string hash = hash_of(password);
    lines.push_back(hash + ":" + std::string("12345678901234567890", 1 + hash[7] % 20U));
  }
  std::ranges::sort(lines);
  return lines;
}

std::string text_of(const std::vector<std::string>& lines, LineEnd end) {
  std::string text;
  for (const std::string& line : lines) text += line + (end == LineEnd::lf ? "\n" : "\r\n");
  return text;
}

std::set<std::string> numbered(std::size_t count) {
  std::set<std::string> passwords;
  for (std::size_t i = 0; i < count; ++i) passwords.insert("password " + std::to_string(i));
  return passwords;
}

class Breaches : public ::testing::Test {
 public:
  Breaches(const Breaches&) = delete;
  Breaches& operator=(const Breaches&) = delete;

 protected:
  Breaches() {
    std::string name = ::testing::TempDir() + "breaches-XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~Breaches() override { std::filesystem::remove_all(directory_); }

  std::string write(std::string_view text, const std::string& name = "pwned.txt") {
    std::string path = directory_ / name;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    return path;
  }
  Result<BreachedPasswords> open(std::string_view text) {
    return BreachedPasswords::open(write(text));
  }
  static bool has(const BreachedPasswords& list, std::string_view password) {
    return list.contains(password).value();
  }
  // What a list that was good at its ends says of a password near whatever is wrong in it.
  Errc refusal(std::string_view text, std::string_view password) {
    const auto list = open(text);
    EXPECT_TRUE(list) << list.error().message;
    const auto found = list->contains(password);
    EXPECT_FALSE(found) << "believed";
    return found ? Errc::not_found : found.error().code;
  }

  std::filesystem::path directory_;
};

TEST_F(Breaches, EachLineIsFoundAndNothingElse) {
  for (const std::size_t count : {1U, 2U, 3U, 60U, 120U, 1'000U}) {
    for (const LineEnd end : {LineEnd::lf, LineEnd::crlf}) {
      SCOPED_TRACE(::testing::Message()
                   << count << " lines, " << (end == LineEnd::lf ? "LF" : "CRLF"));
      const std::set<std::string> passwords = numbered(count);
      const auto list = open(text_of(lines_of(passwords), end));
      ASSERT_TRUE(list) << list.error().message;

      for (const std::string& password : passwords) {
        EXPECT_TRUE(has(*list, password));
        EXPECT_FALSE(has(*list, password + " ")) << "as it was typed";
      }
      EXPECT_FALSE(has(*list, ""));
    }
  }
}

// Before the first line, behind the last one, and on either side of each line between.
TEST_F(Breaches, WhatLiesBetweenTwoLinesIsNotFound) {
  std::vector<std::string> passwords;
  for (const std::string& each : numbered(400)) passwords.push_back(each);
  std::ranges::sort(passwords, {}, hash_of);
  std::set<std::string> every_second;
  for (std::size_t i = 1; i + 1 < passwords.size(); i += 2) every_second.insert(passwords[i]);
  const auto list = open(text_of(lines_of(every_second), LineEnd::crlf));
  ASSERT_TRUE(list);

  for (const std::string& password : passwords) {
    EXPECT_EQ(has(*list, password), every_second.contains(password)) << password;
  }
}

TEST_F(Breaches, TheLastLineNeedsNoEndAndDigitsMayBeOfEitherCase) {
  const std::set<std::string> passwords = numbered(200);
  std::string text = text_of(lines_of(passwords), LineEnd::crlf);
  text.resize(text.size() - 2);
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto list = open(text);
  ASSERT_TRUE(list) << list.error().message;

  for (const std::string& password : passwords) EXPECT_TRUE(has(*list, password)) << password;
  EXPECT_FALSE(has(*list, "correct horse battery staple"));
}

TEST_F(Breaches, AgreesWithASetAboutAnyList) {
  const auto seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 30; ++round) {
    std::set<std::string> passwords;
    const std::size_t count = 1 + random() % (round % 2 == 0 ? 150U : 1'500U);
    while (passwords.size() < count) passwords.insert(std::to_string(random() % 4'000));
    const LineEnd end = random() % 2 == 0 ? LineEnd::lf : LineEnd::crlf;
    const auto list = open(text_of(lines_of(passwords), end));
    ASSERT_TRUE(list) << list.error().message;

    for (int i = 0; i < 200; ++i) {
      const std::string password = std::to_string(random() % 4'000);
      ASSERT_EQ(has(*list, password), passwords.contains(password)) << password << " of " << count;
    }
  }
}

TEST_F(Breaches, AFileThatIsNoneIsRefusedWithItsNameAndWhatToDo) {
  const std::string hash = hash_of("a password");
  const std::string good = hash + ":12\n";
  struct Case {
    const char* what;
    std::string text;
    const char* why;
  };
  for (const Case& each : {
           Case{"empty", "", "it is empty"},
           {"an empty line", "\n", "a line is not"},
           {"passwords", "password\n123456\n", "a line is not"},
           {"NTLM hashes", hash.substr(8) + ":12\n", "a line is not"},
           {"SHA-256", hash + hash.substr(16) + ":12\n", "a line is not"},
           {"no count", hash + "\n", "a line is not"},
           {"an empty count", hash + ":\n", "a line is not"},
           {"a count of words", hash + ":many\n", "a line is not"},
           {"a count below nought", hash + ":-1\n", "a line is not"},
           {"a long count", hash + ":123456789012345678901\n", "a line is not"},
           {"no hexadecimal digit", "G" + good.substr(1), "a line is not"},
           {"a byte order mark", "\xef\xbb\xbf" + good, "a line is not"},
           {"a huge line", std::string(1U << 20U, 'A'), "a line is not"},
           {"a huge first line", std::string(1U << 20U, 'A') + "\n" + good, "a line is not"},
           {"a huge last line", good + std::string(1U << 20U, 'A') + "\n", "a line is not"},
           {"cut off in its last hash", good + hash.substr(0, 39), "a line is not"},
           {"an empty line at its end", good + "\n", "a line is not"},
           {"sorted by count", "FF" + good.substr(2) + "00" + good.substr(2), "not sorted"},
       }) {
    SCOPED_TRACE(each.what);
    const auto list = open(each.text);
    ASSERT_FALSE(list);
    EXPECT_EQ(list.error().code, Errc::corrupted);
    EXPECT_THAT(list.error().message, HasSubstr("pwned.txt is no list of passwords from breaches"));
    EXPECT_THAT(list.error().message, HasSubstr(each.why));
    EXPECT_THAT(list.error().message, HasSubstr("ordered by hash, as docs/accounts.md says"));
  }
}

TEST_F(Breaches, WhatCannotBeOpenedIsRefusedAndNotWaitedFor) {
  const auto missing = BreachedPasswords::open(directory_ / "missing.txt");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr("missing.txt"));

  const std::string pipe = directory_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path : {directory_.string(), pipe}) {
    const auto none = BreachedPasswords::open(path);
    ASSERT_FALSE(none) << path;
    EXPECT_THAT(none.error().message, HasSubstr("it is no file"));
  }
}

// What is wrong in the middle was not seen at the start, and is not "not in it" either.
TEST_F(Breaches, AListThatIsWrongInTheMiddleFailsAndSaysNotNo) {
  const std::vector<std::string> lines = lines_of(numbered(1'000));
  const std::size_t half = lines.size() / 2;
  const auto with = [&](const std::vector<std::string>& middle) {
    std::vector<std::string> all(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(half));
    all.insert(all.end(), middle.begin(), middle.end());
    all.insert(all.end(), lines.begin() + static_cast<std::ptrdiff_t>(half) + 1, lines.end());
    return text_of(all, LineEnd::lf);
  };
  // The password whose line that is.
  std::string there;
  for (const std::string& each : numbered(1'000)) {
    if (lines[half].starts_with(hash_of(each))) there = each;
  }
  ASSERT_TRUE(has(*open(with({lines[half]})), there));

  EXPECT_EQ(refusal(with({"# a remark"}), there), Errc::corrupted);
  EXPECT_EQ(refusal(with({lines[half].substr(0, 30)}), there), Errc::corrupted) << "cut off";
  EXPECT_EQ(refusal(with({std::string(1U << 20U, 'A')}), there), Errc::corrupted) << "huge";
  EXPECT_EQ(refusal(with({lines.front()}), there), Errc::corrupted) << "not in its order";
  EXPECT_EQ(refusal(with({lines.back()}), there), Errc::corrupted) << "not in its order";
  std::vector<std::string> shuffled(lines);
  std::reverse(shuffled.begin() + 1, shuffled.end() - 1);
  EXPECT_EQ(refusal(text_of(shuffled, LineEnd::lf), there), Errc::corrupted);
  EXPECT_FALSE(has(*open(with({})), there)) << "a line less is a list as good as any";
}

// Whatever is damaged, each answer is right or none: a changed digit moves a line at most.
TEST_F(Breaches, EachByteMayBeDamaged) {
  const std::set<std::string> passwords = numbered(60);
  const std::string text = text_of(lines_of(passwords), LineEnd::lf);
  ASSERT_GT(text.size(), 2'048U) << "or nothing is halved";
  std::size_t failed = 0;
  for (std::size_t at = 0; at < text.size(); at += 29) {
    for (const char byte : {'\n', '\0', ':', '7'}) {
      std::string damaged = text;
      damaged[at] = byte;
      const auto list = open(damaged);
      if (!list) {
        ++failed;
        continue;
      }
      std::size_t wrong = 0;
      for (const std::string& password : passwords) {
        const auto found = list->contains(password);
        if (!found) ++failed;
        if (found && !*found) ++wrong;
      }
      ASSERT_LE(wrong, 1U) << "only the line that has become another";
    }
  }
  EXPECT_GT(failed, 0U);
}

TEST_F(Breaches, AListThatIsReplacedIsReadOnAsItWas) {
  const auto list = open(text_of(lines_of({"old"}), LineEnd::lf));
  ASSERT_TRUE(list);

  std::filesystem::rename(write(text_of(lines_of({"new"}), LineEnd::lf), "next"),
                          directory_ / "pwned.txt");

  EXPECT_TRUE(has(*list, "old"));
  EXPECT_FALSE(has(*list, "new"));
  EXPECT_TRUE(has(*BreachedPasswords::open(directory_ / "pwned.txt"), "new"));
}

TEST_F(Breaches, AListThatIsWrittenIntoIsBelievedNoMore) {
  const std::string text = text_of(lines_of(numbered(200)), LineEnd::lf);
  const auto unavailable = [](const BreachedPasswords& list) {
    const auto known = list.contains("password 1");
    const auto unknown = list.contains("correct horse battery staple");
    return !known && known.error().code == Errc::unavailable && !unknown &&
           unknown.error().code == Errc::unavailable;
  };
  const std::filesystem::path path = directory_ / "pwned.txt";

  for (const std::size_t size : {std::size_t{0}, text.size() / 2, text.size() - 1}) {
    const auto shrunk = open(text);
    ASSERT_TRUE(shrunk && has(*shrunk, "password 1"));
    std::filesystem::resize_file(path, size);
    EXPECT_TRUE(unavailable(*shrunk)) << size;
  }
  const auto grown = open(text);
  std::ofstream(path, std::ios::app) << std::string(40, 'F') << ":1\n";
  EXPECT_TRUE(unavailable(*grown));

  const auto changed = open(text);
  std::filesystem::last_write_time(
      path, std::filesystem::last_write_time(path) + std::chrono::seconds(1));
  EXPECT_TRUE(unavailable(*changed)) << "written into, and as long as before";
}

TEST_F(Breaches, ManyThreadsMayAskAtOnce) {
  const std::set<std::string> passwords = numbered(500);
  const auto list = open(text_of(lines_of(passwords), LineEnd::crlf));
  ASSERT_TRUE(list);

  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  threads.reserve(wrong.size());
  for (int& count : wrong) {
    threads.emplace_back([&list, &count, &passwords] {
      for (const std::string& password : passwords) {
        if (!has(*list, password) || has(*list, password + "!")) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(wrong, std::vector<int>(4));
}

}  // namespace
}  // namespace fastness::breaches
