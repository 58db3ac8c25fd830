#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace fastness::tls::testing {

// Somebody else's TLS client: a program that relays between its standard streams and a port. Ended
// with the object.
class ForeignClient {
 public:
  // `command`: the program, found on PATH, and its arguments.
  explicit ForeignClient(const std::vector<std::string>& command);
  ~ForeignClient();
  ForeignClient(const ForeignClient&) = delete;
  ForeignClient& operator=(const ForeignClient&) = delete;

  // What it is to send, or a command of its own.
  void say(std::string_view text) const;

  [[nodiscard]] int output() const { return output_; }
  [[nodiscard]] int errors() const { return errors_; }

 private:
  pid_t process_ = -1;
  int input_ = -1;
  int output_ = -1;
  int errors_ = -1;
};

// A port of the loopback interface, chosen by the kernel, that takes one connection.
class Port {
 public:
  Port();
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] std::string number() const;
  // A nonblocking descriptor of the first connection, or -1 if none comes. Owned by the port.
  [[nodiscard]] int accept();

 private:
  int listener_;
  int connection_ = -1;
};

}  // namespace fastness::tls::testing
