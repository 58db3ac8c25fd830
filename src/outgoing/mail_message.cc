#include "outgoing/mail_message.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <vector>

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

// How many bytes the character has that `text` begins with; 0 if those are no UTF-8 (RFC 3629).
std::size_t character_size(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  const bool is_too_long = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool is_none = (lead == 0xED && byte(1) >= 0xA0) || (lead == 0xF4 && byte(1) >= 0x90);
  return is_too_long || is_none ? 0 : size;
}

// Of ASCII, and of Latin-1 (U+0080 to U+009F).
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

// What a subject may have, character by character.
std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    characters.push_back(size == 0 || is_control(character) ? "?" : character);
    text.remove_prefix(character.size());
  }
  return characters;
}

// One line as a header has it. Whole characters only are in one encoded word (RFC 2047, 5), and no
// line is longer than 76 with the header's name before it.
std::string header_text(std::string_view text) {
  constexpr std::size_t kBytesInAWord = 39;
  std::vector<std::string> words(1);
  for (const std::string_view character : characters_of(text)) {
    if (words.back().size() + character.size() > kBytesInAWord) words.emplace_back();
    words.back() += character;
  }
  std::string plain;
  std::string encoded;
  for (const std::string& word : words) {
    plain += word;
    encoded += (encoded.empty() ? "" : "\r\n ") + ("=?utf-8?B?" + to_base64(as_bytes(word)) + "?=");
  }
  const bool is_ascii = std::ranges::all_of(plain, [](char c) { return c >= ' ' && c <= '~'; });
  const bool looks_encoded = plain.find("=?") != std::string::npos;
  return is_ascii && !looks_encoded ? plain : encoded;
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
                     ">\r\nTo: <" + to.text() + ">\r\nSubject: " + header_text(subject) +
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
