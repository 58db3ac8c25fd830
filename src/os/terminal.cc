#include "os/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace fastness::os {

namespace {

// Switches a terminal's echo off for as long as it lives.
class WithoutEcho {
 public:
  explicit WithoutEcho(int terminal) : terminal_(terminal) {
    is_changed_ = ::tcgetattr(terminal_, &before_) == 0;
    if (!is_changed_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= static_cast<tcflag_t>(ICANON | ECHONL);
    is_changed_ = ::tcsetattr(terminal_, TCSAFLUSH, &quiet) == 0;
  }
  ~WithoutEcho() {
    if (is_changed_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  WithoutEcho(const WithoutEcho&) = delete;
  WithoutEcho& operator=(const WithoutEcho&) = delete;

  [[nodiscard]] bool is_quiet() const { return is_changed_; }

 private:
  int terminal_;
  termios before_{};
  bool is_changed_;
};

}  // namespace

Result<Descriptor> named_or_terminal(std::optional<int> named) {
  if (!named) return Descriptor(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  const Descriptor given(*named);
  return given.duplicate();
}

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) == 1;
}

Result<std::size_t> read_hidden_line(int terminal, std::string_view prompt,
                                     std::span<std::uint8_t> out) {
  const WithoutEcho quiet(terminal);
  if (!quiet.is_quiet()) return fail_with_errno("hide what is typed");
  if (::write(terminal, prompt.data(), prompt.size()) < 0) return fail_with_errno("ask");
  std::size_t size = 0;
  for (;;) {
    std::uint8_t byte = 0;
    const ssize_t got = ::read(terminal, &byte, 1);
    if (got < 0) return fail_with_errno("read what is typed");
    if (got == 0 && size == 0) return fail(Errc::unavailable, "nothing was typed");
    if (got == 0 || byte == '\n') return size;
    if (size == out.size()) return fail(Errc::exhausted, "what was typed is too long");
    out[size++] = byte;
  }
}

std::size_t terminal_width(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace fastness::os
