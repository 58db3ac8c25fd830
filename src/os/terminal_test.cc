#include "os/terminal.h"

#include <array>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "base/bytes.h"
#include "os/files/descriptor.h"

namespace fastness::os {
namespace {

// A terminal, and the end where a person would sit.
struct Terminal {
  Terminal() : person(::posix_openpt(O_RDWR | O_NOCTTY)) {
    ::grantpt(person.number());
    ::unlockpt(person.number());
    std::array<char, 64> name{};
    ::ptsname_r(person.number(), name.data(), name.size());
    terminal = Descriptor(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  }
  [[nodiscard]] bool echoes() const {
    termios state{};
    ::tcgetattr(terminal.number(), &state);
    return (state.c_lflag & static_cast<tcflag_t>(ECHO)) != 0;
  }
  // Waits for the prompt, types, and returns everything that was shown.
  std::string answer(std::string_view typed) {
    std::string shown = read_some();
    EXPECT_FALSE(echoes());
    EXPECT_EQ(::write(person.number(), typed.data(), typed.size()),
              static_cast<ssize_t>(typed.size()));
    return shown + read_some();
  }
  std::string read_some() {
    std::array<char, 256> buffer{};
    const ssize_t size = ::read(person.number(), buffer.data(), buffer.size());
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : "";
  }

  Descriptor person;
  Descriptor terminal;
};

TEST(Terminal, HidesWhatIsTypedAndIsAsBeforeAfterwards) {
  Terminal terminal;
  ASSERT_TRUE(is_terminal(terminal.terminal.number()));
  std::array<std::uint8_t, 64> line{};
  std::string shown;
  std::thread person([&] { shown = terminal.answer("hunter2\n"); });

  const auto size = read_hidden_line(terminal.terminal.number(), "Password: ", line);
  person.join();

  ASSERT_TRUE(size);
  EXPECT_EQ(as_text(ByteView(line).first(*size)), "hunter2");
  EXPECT_EQ(shown.find("hunter2"), std::string::npos);
  EXPECT_NE(shown.find("Password: "), std::string::npos);
  EXPECT_TRUE(terminal.echoes());
}

TEST(Terminal, RefusesALineThatIsTooLong) {
  Terminal terminal;
  std::array<std::uint8_t, 4> line{};
  std::thread person([&] { terminal.answer("12345\n"); });

  const auto size = read_hidden_line(terminal.terminal.number(), "? ", line);
  person.join();

  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, Errc::exhausted);
}

TEST(Terminal, APipeIsNone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const Descriptor in(ends[0]);
  const Descriptor out(ends[1]);
  std::array<std::uint8_t, 4> line{};

  EXPECT_FALSE(is_terminal(in.number()));
  EXPECT_FALSE(read_hidden_line(in.number(), "? ", line));
  EXPECT_EQ(terminal_width(in.number()), 80U);
}

}  // namespace
}  // namespace fastness::os
