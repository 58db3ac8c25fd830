#include "crypto/public_key/pem.h"

#include <optional>

namespace fastness::crypto {
namespace {

constexpr std::size_t kLineWidth = 64;
constexpr std::string_view kDashes = "-----";

std::string begin_line(std::string_view label) {
  return std::string(kDashes) + "BEGIN " + std::string(label) + std::string(kDashes);
}

std::string end_line(std::string_view label) {
  return std::string(kDashes) + "END " + std::string(label) + std::string(kDashes);
}

bool is_blank(char c) {
  return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

// Takes the first block off the front of `text`; nothing if there is none.
Result<std::optional<Bytes>> take_block(std::string_view label, std::string_view& text) {
  const std::string begin = begin_line(label);
  const std::size_t start = text.find(begin);
  if (start == std::string_view::npos) return std::optional<Bytes>();
  const std::string_view after = text.substr(start + begin.size());
  const std::size_t end = after.find(kDashes);
  const std::string ending = end_line(label);
  if (end == std::string_view::npos || !after.substr(end).starts_with(ending)) {
    return fail(Errc::invalid_argument, "a PEM block has no end");
  }
  std::string digits;
  for (const char c : after.substr(0, end)) {
    if (!is_blank(c)) digits.push_back(c);
  }
  FASTNESS_ASSIGN_OR_RETURN(Bytes der, from_base64(digits));
  text = after.substr(end + ending.size());
  return std::optional<Bytes>(std::move(der));
}

}  // namespace

std::string to_pem(std::string_view label, ByteView der) {
  const std::string digits = to_base64(der);
  std::string pem = begin_line(label) + "\n";
  for (std::size_t i = 0; i < digits.size(); i += kLineWidth) {
    pem += digits.substr(i, kLineWidth) + "\n";
  }
  return pem + end_line(label) + "\n";
}

Result<Bytes> from_pem(std::string_view label, std::string_view untrusted_text) {
  FASTNESS_ASSIGN_OR_RETURN(std::optional<Bytes> block, take_block(label, untrusted_text));
  if (!block) return fail(Errc::not_found, "no PEM block of the wanted kind");
  return std::move(*block);
}

Result<std::vector<Bytes>> all_from_pem(std::string_view label, std::string_view untrusted_text) {
  std::vector<Bytes> blocks;
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(std::optional<Bytes> block, take_block(label, untrusted_text));
    if (!block) return blocks;
    blocks.push_back(std::move(*block));
  }
}

}  // namespace fastness::crypto
