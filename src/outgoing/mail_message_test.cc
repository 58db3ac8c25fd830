#include "outgoing/mail_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/fixed_limits.h"

namespace fastness::outgoing {
namespace {

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
  MailMessage hostile = message();
  hostile.subject = "hello\r\nBcc: all@example.org\n.\r\nQUIT";
  hostile.body = "\r\n.\r\nMAIL FROM:<x@y.z>\r\n" + std::string(5'000, 'x');
  const std::string text = hostile.to_text();
  EXPECT_THAT(text, Not(HasSubstr("\nBcc")));
  EXPECT_THAT(text, Not(HasSubstr("\n.")));
  EXPECT_THAT(text, Not(HasSubstr("MAIL FROM")));
  std::size_t line = 0;
  for (const char c : text) {
    line = c == '\n' ? 0 : line + 1;
    ASSERT_LE(line, 998U) << "RFC 5322, 2.1.1";
  }
}

}  // namespace
}  // namespace fastness::outgoing
