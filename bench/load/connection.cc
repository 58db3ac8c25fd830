#include "connection.h"

#include <algorithm>
#include <array>
#include <span>

#include <openssl/err.h>
#include <unistd.h>

#include "socket.h"

namespace fastness::load {
namespace {

constexpr std::size_t kFiltersOfPacket = 50;

}  // namespace

Connection::Connection(Tls& tls, int port, Role role)
    : role_(std::move(role)),
      descriptor_(connecting_socket(port)),
      ssl_(tls.start(descriptor_, role_.identity, role_.start)) {}

Connection::~Connection() {
  ssl_.reset();
  close(descriptor_);
}

void Connection::fail(std::string why) {
  state_ = State::failed;
  failure_ = std::move(why);
}

void Connection::shake_hands() {
  ERR_clear_error();
  const int outcome = SSL_connect(ssl_.get());
  if (outcome != 1) {
    const int error = SSL_get_error(ssl_.get(), outcome);
    wants_to_write_ = error == SSL_ERROR_WANT_WRITE;
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      fail("handshake: " + openssl_reason());
    }
    return;
  }
  state_ = State::greeting;
  queue(connect_packet(role_.client_id));
  flush();
}

void Connection::take_answer(const Frame& frame) {
  if (state_ == State::greeting) {
    if (frame.type != kConnack || frame.body.size() != 2) return fail("no CONNACK");
    if (frame.body[1] != 0) return fail("CONNACK " + std::to_string(frame.body[1]));
    return subscribe();
  }
  if (frame.type != kSuback) return;  // a message that a filter let through already
  const auto granted = frame.body.substr(2);
  if (std::ranges::any_of(granted, [](char code) { return (code & 0x80) != 0; })) {
    return fail("a subscription was refused");
  }
  subscribe();
}

void Connection::subscribe() {
  if (subscribed_ == role_.filters.size()) {
    state_ = State::ready;
    role_ = Role();  // its texts are not needed any more
    subscribed_ = 0;
    return;
  }
  state_ = State::subscribing;
  const std::size_t count = std::min(kFiltersOfPacket, role_.filters.size() - subscribed_);
  queue(subscribe_packet(std::span(role_.filters).subspan(subscribed_, count), role_.qos));
  subscribed_ += count;
  flush();
}

void Connection::flush() {
  while (!out_.empty() && state_ != State::failed) {
    Packet& packet = out_.front();
    const int wrote = SSL_write(ssl_.get(), packet.data(), static_cast<int>(packet.size()));
    if (wrote <= 0) {
      wants_to_write_ = SSL_get_error(ssl_.get(), wrote) == SSL_ERROR_WANT_WRITE;
      if (!wants_to_write_) fail("write: " + openssl_reason());
      return;
    }
    packet.erase(0, static_cast<std::size_t>(wrote));
    if (packet.empty()) out_.pop_front();
  }
  wants_to_write_ = false;
}

bool Connection::read_some() {
  if (state_ == State::failed) return false;
  std::array<char, 16'384>
      buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
  const int got = SSL_read(ssl_.get(), buffer.data(), buffer.size());
  if (got > 0) {
    in_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }
  const int error = SSL_get_error(ssl_.get(), got);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
    fail("read: " + openssl_reason());
  }
  return false;
}

void Connection::say_goodbye() {
  if (state_ == State::failed) return;
  queue(disconnect_packet());
  flush();
  if (state_ != State::failed) SSL_shutdown(ssl_.get());
}

}  // namespace fastness::load
