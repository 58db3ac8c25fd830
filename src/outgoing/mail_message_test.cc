#include "outgoing/mail_message.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/fixed_limits.h"

namespace fastness::outgoing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

MailMessage message() {
  return {
      MailAddress::parse("fastness@example.org").value(),
      MailAddress::parse("me+iot@example.org").value(),
      "Checkpoint 3",
      "fastness/1\n3\n\n\xe2\x80\x94 signature\n",
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)) + std::chrono::hours(9),
      Uuid(Uuid::Bytes{})};
}

std::vector<std::string> lines_of(std::string text) {
  std::vector<std::string> lines;
  for (std::size_t end; (end = text.find("\r\n")) != std::string::npos; text.erase(0, end + 2)) {
    lines.push_back(text.substr(0, end));
  }
  lines.push_back(text);
  return lines;
}

// As a mail program shows it (RFC 2047, 6.2: what is between encoded words goes). Each word is
// whole characters, so each is decoded by itself.
std::string subject_read_from(const std::string& mail) {
  const std::string begin = "=?utf-8?B?";
  std::string subject;
  bool is_subject = false;
  for (std::string line : lines_of(mail.substr(0, mail.find("\r\n\r\n")))) {
    if (line.starts_with("Subject: ")) {
      is_subject = true;
      line.erase(0, 9);
    } else if (is_subject && line.starts_with(" ")) {
      line.erase(0, 1);
    } else {
      is_subject = false;
    }
    if (!is_subject) continue;
    if (!line.starts_with(begin)) {
      subject += line;
      continue;
    }
    EXPECT_TRUE(line.ends_with("?="));
    const auto word = from_base64(line.substr(begin.size(), line.size() - begin.size() - 2));
    EXPECT_TRUE(word) << line;
    EXPECT_NE(static_cast<unsigned char>(word->front()) & 0xC0U, 0x80U) << "a character cut in two";
    subject += as_text(*word);
  }
  return subject;
}

TEST(MailAddress, IsWhatCanStandInACommandAndAHeader) {
  for (const char* good : {"me@example.org", "a.b+c=d@x-y.example.org", "root@localhost"}) {
    EXPECT_TRUE(MailAddress::parse(good)) << good;
  }
  EXPECT_EQ(MailAddress::parse("me@example.org")->domain(), "example.org");
  for (const char* bad :
       {"", "me", "@example.org", "me@", "me@example.org\r\nBcc: x@y.z", "me@example.org>",
        "<me@x>", "a b@example.org", "me@exam ple.org", "a@b@c", "me@example.org,you@example.org",
        "\"me\"@example.org", "me@[127.0.0.1]", ".me@example.org", "me.@example.org",
        "m..e@example.org", "m\xc3\xa9@example.org", "me@example.org SIZE=1", "me\n@example.org"}) {
    EXPECT_EQ(MailAddress::parse(bad).error().code, Errc::invalid_argument) << bad;
  }
}

TEST(MailAddress, IsHeldToItsBytes) {
  constexpr std::size_t kMost = fixed_limit("outgoing.mail_address_bytes");
  const std::string domain = "@example.org";
  EXPECT_TRUE(MailAddress::parse(std::string(kMost - domain.size(), 'a') + domain));
  EXPECT_FALSE(MailAddress::parse(std::string(kMost - domain.size() + 1, 'a') + domain));
}

TEST(MailMessage, ArrivesAsItWasWritten) {
  const std::string text = message().to_text();
  EXPECT_THAT(text, StartsWith("Date: Mon, 30 Nov 2026 09:00:00 +0000\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nTo: <me+iot@example.org>\r\nSubject: Checkpoint 3\r\n"));
  const std::size_t end_of_header = text.find("\r\n\r\n");
  ASSERT_NE(end_of_header, std::string::npos);
  std::string encoded = text.substr(end_of_header + 4);
  std::erase_if(encoded, [](char c) { return c == '\r' || c == '\n'; });
  EXPECT_EQ(as_text(from_base64(encoded).value()), message().body);
}

TEST(MailMessage, NoWordOfItBeginsAHeaderOrEndsTheMail) {
  for (const char* subject :
       {"hello\r\nBcc: all@example.org\n.\r\nQUIT", "Grüße\r\nBcc: all@example.org\n.\r\nQUIT",
        "\xC2\x85"
        "Bcc: all@example.org\xE2\x28\n.",
        "=?utf-8?Q?=0D=0ABcc:_x=40y?="}) {
    MailMessage hostile = message();
    hostile.subject = subject;
    hostile.body = "\r\n.\r\nMAIL FROM:<x@y.z>\r\n" + std::string(5'000, 'x');
    const std::string text = hostile.to_text();
    EXPECT_THAT(text, Not(HasSubstr("\nBcc")));
    EXPECT_THAT(text, Not(HasSubstr("\n.")));
    EXPECT_THAT(text, Not(HasSubstr("MAIL FROM")));
    EXPECT_THAT(subject_read_from(text), Not(ContainsRegex("[\r\n]")));
    std::size_t line = 0;
    for (const char c : text) {
      line = c == '\n' ? 0 : line + 1;
      ASSERT_LE(line, 998U) << "RFC 5322, 2.1.1";
    }
  }
}

TEST(MailMessage, ASubjectBeyondAsciiArrivesAsItWasWritten) {
  for (const std::string subject :
       {"Fastness: Ihr Passwort wurde geändert", "ü", "日本語",
        "Ein sehr langer Betreff, der länger ist als eine Zeile: Größe, Übung, Äpfel, Öl, Maß",
        "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", "what looks like =?utf-8?Q?a_word?="}) {
    MailMessage mail = message();
    mail.subject = subject;
    const std::string text = mail.to_text();
    EXPECT_EQ(subject_read_from(text), subject);
    for (const char c : text) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
    for (const std::string& line : lines_of(text.substr(0, text.find("\r\n\r\n")))) {
      EXPECT_LE(line.size(), 76U) << "RFC 2047, 2: " << line;
    }
  }
}

TEST(MailMessage, WhatIsNoTextInASubjectIsAQuestionMark) {
  const std::pair<std::string, std::string> cases[] = {
      {"a\xFF\xC3", "a??"},
      {"ä\x7F\x01", "ä??"},
      {"\xC0\xAF\xE0\x80\xAF", "?????"},            // what is written too long
      {"\xED\xA0\x80\xF4\x90\x80\x80", "???????"},  // what is no character
      {"ä\xC2\x85", "ä?"},                          // a line's end of Latin-1
      {"\xE2\x82", "??"}};
  for (const auto& [subject, expected] : cases) {
    MailMessage mail = message();
    mail.subject = subject;
    EXPECT_EQ(subject_read_from(mail.to_text()), expected);
  }
}

}  // namespace
}  // namespace fastness::outgoing
