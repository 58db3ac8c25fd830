#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids/uuid.h"
#include "base/result.h"

namespace fastness::outgoing {

// An address that mail goes to or comes from: one `@` between what RFC 5321 calls a dot-string and
// a domain, in ASCII. Nothing in it ends a header or a command. Immutable.
class MailAddress {
 public:
  [[nodiscard]] static Result<MailAddress> parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string_view domain() const;

 private:
  explicit MailAddress(std::string_view text) : text_(text) {}

  std::string text_;
};

// One mail of plain text.
struct MailMessage {
  MailAddress from;
  MailAddress to;
  std::string subject;  // UTF-8; what is none, and what controls, becomes a question mark
  std::string body;     // UTF-8
  Timestamp date;
  Uuid id;

  // As it is sent (RFC 5322), lines ended by CR LF, all of it ASCII: no server on the way has to
  // know more. The body is in base64, so that none changes a byte of it; so is a subject that has
  // letters beyond ASCII (RFC 2047).
  [[nodiscard]] std::string to_text() const;
};

}  // namespace fastness::outgoing
