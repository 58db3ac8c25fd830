#pragma once

#include <string>

#include "../tls.h"

namespace fastness::load {

// One renewal over EST (RFC 7030, 4.2.2), on a connection of its own that does not block: a
// handshake with the certificate that is to be replaced, one request, one answer.
class EstExchange {
 public:
  enum class State { handshaking, asking, done, failed };

  // Begins to connect as identity number `identity`, whose key signs the request too.
  EstExchange(Tls& tls, int port, std::size_t identity);
  EstExchange(const EstExchange&) = delete;
  EstExchange& operator=(const EstExchange&) = delete;
  ~EstExchange();

  // Goes on as far as the socket lets it. Once it is done the identity has its new certificate.
  void advance();

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] std::size_t identity() const { return identity_; }

 private:
  void shake_hands();
  void write_some();
  void read_some();
  void take_answer();
  void fail(std::string why);

  Tls& tls_;
  std::size_t identity_;
  int descriptor_;
  SslPtr ssl_;
  State state_ = State::handshaking;
  std::string out_;
  std::string in_;
  std::string failure_;
};

}  // namespace fastness::load
