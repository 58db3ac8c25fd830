#include "outgoing/mail_message.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/bytes.h"
#include "base/fixed_limits.h"

namespace fastness::outgoing {
namespace {

constexpr std::size_t kMostBytes = fixed_limit("outgoing.mail_address_bytes");
constexpr std::size_t kLine = 76;  // RFC 2045, 6.8

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Of RFC 5321's dot-string and domain, without quotes and literals.
bool is_mailbox(std::string_view text, std::string_view others) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(text, [&](char c) {
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

std::string date_text(Timestamp date) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(date).time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  // The hub never calls setlocale: the names are English.
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return {text.data(), size};
}

std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

}  // namespace

Result<MailAddress> MailAddress::parse(std::string_view text) {
  const std::size_t at = text.rfind('@');
  const bool is_good = at != std::string_view::npos && text.size() <= kMostBytes &&
                       is_mailbox(text.substr(0, at), "!#$%&'*+-/=?^_`{|}~.") &&
                       is_mailbox(text.substr(at + 1), "-.");
  if (is_good) return MailAddress(text);
  return fail(Errc::invalid_argument, "not a mail address such as me@example.org");
}

std::string_view MailAddress::domain() const {
  return std::string_view(text_).substr(text_.rfind('@') + 1);
}

std::string MailMessage::to_text() const {
  std::string text = "Date: " + date_text(date) + "\r\nFrom: Fastness <" + from.text() +
                     ">\r\nTo: <" + to.text() + ">\r\nSubject: " + one_line(subject) +
                     "\r\nMessage-ID: <" + id.to_text() + "@" + std::string(from.domain()) +
                     ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: base64\r\n\r\n";
  const std::string encoded = to_base64(as_bytes(body));
  for (std::size_t begin = 0; begin < encoded.size(); begin += kLine) {
    text += encoded.substr(begin, kLine) + "\r\n";
  }
  return text;
}

}  // namespace fastness::outgoing
