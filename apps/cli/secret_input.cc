#include "secret_input.h"

#include <array>
#include <cstdio>

#include "base/bytes.h"
#include "client/credentials.h"
#include "crypto/secret/secret_bytes.h"
#include "os/files/descriptor.h"
#include "os/terminal.h"

namespace fastness::cli {
namespace {

// Not by way of /dev/stdin: that cannot be opened where standard input is a socket.
Result<std::string> read_standard_input() {
  std::array<char, 4096> text{};
  const std::size_t size = std::fread(text.data(), 1, text.size(), stdin);
  if (std::ferror(stdin) != 0) return os::fail_with_errno("read standard input");
  if (size == text.size()) return fail(Errc::invalid_argument, "the secret is too long");
  return std::string(text.data(), size);
}

}  // namespace

Result<std::string> read_secret(const std::string& file, const char* prompt, const char* option) {
  if (!file.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(std::string text,
                              file == "-" ? read_standard_input() : client::read_text_file(file));
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return text;
  }
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor terminal, os::named_or_terminal(std::nullopt));
  if (!terminal.is_open()) {
    return fail(Errc::invalid_argument,
                std::string("there is no terminal to ask at; use ") + option);
  }
  crypto::SecretBytes typed(1024);
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t size,
                            os::read_hidden_line(terminal.number(), prompt, typed.reveal()));
  return std::string(as_text(ByteView(typed.reveal()).first(size)));
}

}  // namespace fastness::cli
