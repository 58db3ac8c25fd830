#include "client/connection/transport.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

namespace fastness::client {

namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::string text_of(const Address& address) {
  return address.host + ":" + std::to_string(address.port);
}

}  // namespace

Result<Transport> Transport::connect(const Address& address,
                                     std::shared_ptr<const tls::ClientContext> context) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int status =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (status != 0) {
    return fail(Errc::unavailable, "cannot find " + address.host + ": " + ::gai_strerror(status));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  std::vector<Candidate> candidates;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Candidate candidate{{}, each->ai_addrlen};
    std::memcpy(&candidate.address, each->ai_addr, each->ai_addrlen);
    candidates.insert(candidates.begin(), candidate);  // tried from the back
  }
  Transport transport(address, std::move(context), std::move(candidates));
  FASTNESS_RETURN_IF_ERROR(transport.try_next());
  return transport;
}

Transport::Transport(Address address, std::shared_ptr<const tls::ClientContext> context,
                     std::vector<Candidate> candidates)
    : address_(std::move(address)),
      context_(std::move(context)),
      candidates_(std::move(candidates)) {}

Result<void> Transport::try_next() {
  while (!candidates_.empty()) {
    const Candidate candidate = candidates_.back();
    candidates_.pop_back();
    socket_ = os::Descriptor(::socket(candidate.address.ss_family,
                                      SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!socket_.is_open()) continue;
    const int on = 1;
    ::setsockopt(number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int status =
        ::connect(number(), reinterpret_cast<const sockaddr*>(&candidate.address), candidate.size);
    if (status == 0 || errno == EINPROGRESS) return {};
  }
  return fail(Errc::unavailable, "cannot reach " + text_of(address_));
}

Result<void> Transport::advance() {
  if (phase_ == Phase::connecting) FASTNESS_RETURN_IF_ERROR(finish_connecting());
  if (phase_ == Phase::shaking_hands) FASTNESS_RETURN_IF_ERROR(shake_hands());
  if (phase_ != Phase::open || finished_) return {};
  FASTNESS_RETURN_IF_ERROR(write());
  return read();
}

Result<void> Transport::finish_connecting() {
  pollfd writable{number(), POLLOUT, 0};
  if (::poll(&writable, 1, 0) != 1) return {};
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(number(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return try_next();
  stream_.emplace(context_->connect(number(), address_.host));
  phase_ = Phase::shaking_hands;
  return {};
}

Result<void> Transport::shake_hands() {
  switch (stream_->handshake()) {
    case tls::Progress::done:
      phase_ = Phase::open;
      wants_write_ = false;
      return {};
    case tls::Progress::want_read:
      wants_write_ = false;
      return {};
    case tls::Progress::want_write:
      wants_write_ = true;
      return {};
    default:
      return broken();
  }
}

Result<void> Transport::write() {
  while (!output_.empty()) {
    const tls::Step step = stream_->write(output_);
    if (step.progress == tls::Progress::want_write) return {};
    if (step.progress != tls::Progress::done) return broken();
    output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(step.bytes));
  }
  if (stream_->has_output() && stream_->flush() == tls::Progress::failed) return broken();
  return {};
}

Result<void> Transport::read() {
  std::array<std::uint8_t, 16'384> buffer{};
  for (;;) {
    const tls::Step step = stream_->read(buffer);
    switch (step.progress) {
      case tls::Progress::done:
        input_.insert(input_.end(), buffer.begin(),
                      buffer.begin() + static_cast<std::ptrdiff_t>(step.bytes));
        break;
      case tls::Progress::want_read:
      case tls::Progress::want_write:
        return {};
      case tls::Progress::closed:
        finished_ = true;
        return {};
      case tls::Progress::failed:
        return broken();
    }
  }
}

Unexpected<Error> Transport::broken() const {
  const bool was_open = phase_ == Phase::open;
  return fail(was_open ? Errc::unavailable : Errc::unauthenticated,
              text_of(address_) + ": " + std::string(stream_->failure()));
}

short Transport::wanted_events() const {
  const bool wants_write = phase_ == Phase::open ? has_output() : wants_write_;
  const bool wants_read = phase_ != Phase::connecting;
  return static_cast<short>((wants_read ? POLLIN : 0) | (wants_write ? POLLOUT : 0));
}

bool Transport::has_output() const {
  return !output_.empty() || (stream_ && stream_->has_output());
}

void await_events(const Transport& transport, std::chrono::milliseconds longest) {
  pollfd events{transport.number(), transport.wanted_events(), 0};
  ::poll(&events, 1, static_cast<int>(longest.count()));
}

}  // namespace fastness::client
