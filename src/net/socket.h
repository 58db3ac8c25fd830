#pragma once

#include <utility>

#include <unistd.h>

namespace fastness::net {

// Owns the descriptor of a socket. Move-only.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) close();
    descriptor_ = other.release();
    return *this;
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(); }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  // Whoever calls owns it from now on.
  [[nodiscard]] int release() { return std::exchange(descriptor_, -1); }
  void close() {
    if (const int descriptor = release(); descriptor >= 0) ::close(descriptor);
  }

 private:
  int descriptor_ = -1;
};

}  // namespace fastness::net
