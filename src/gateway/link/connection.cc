#include "gateway/link/connection.h"

#include <algorithm>

namespace fastness::gateway {

using tls::Progress;

// Reads of one connection in one turn, so that a fast sender leaves the others their share.
constexpr int kReadsPerTurn = 8;
constexpr std::chrono::milliseconds kRetry{50};

Connection::Connection(std::uint64_t number, std::unique_ptr<Transport> transport, Origin origin,
                       const Limits& limits, SteadyTime now)
    : number_(number),
      limits_(limits),
      transport_(std::move(transport)),
      origin_(std::move(origin)),
      endpoint_(limits.endpoint),
      phase_deadline_(now + limits.handshake),
      rate_(limits.messages_per_second, limits.message_burst) {}

Connection::~Connection() {
  if (poller_ != nullptr && transport_->descriptor() >= 0)
    poller_->remove(transport_->descriptor());
}

bool Connection::attach(ConnectionKeeper& keeper, Poller& poller) {
  keeper_ = &keeper;
  transport_->use(keeper.ciphers());
  interest_ =
      is_reading() || phase_ == Phase::handshake ? Poller::Interest::read : Poller::Interest::none;
  if (transport_->descriptor() >= 0) {
    if (!poller.add(transport_->descriptor(), *this, interest_)) return false;
    poller_ = &poller;
  }
  keeper_->on_deadline(*this);
  return true;
}

void Connection::move_away() {
  if (poller_ != nullptr) poller_->remove(transport_->descriptor());
  poller_ = nullptr;
  keeper_ = nullptr;
  scheduled.reset();
  is_dirty = false;
}

void Connection::on_ready() {
  if (phase_ == Phase::ended || keeper_ == nullptr) return;
  if (phase_ == Phase::handshake) return step_handshake();
  if (wants_write_) keeper_->on_dirty(*this);
  if (is_reading()) read();
}

void Connection::step_handshake() {
  switch (transport_->handshake()) {
    case Progress::done:
      phase_ = Phase::open;
      phase_deadline_ = keeper_->now() + limits_.connect;
      update_interest();
      keeper_->on_handshake(*this);
      keeper_->on_deadline(*this);
      return read();  // CONNECT may have come along with the last bytes of the handshake
    case Progress::want_read:
      return set_interest(Poller::Interest::read);
    case Progress::want_write:
      (void)transport_->flush();
      return set_interest(Poller::Interest::read_write);
    case Progress::closed:
    case Progress::failed:
      return end("handshake_failed");
  }
}

void Connection::read() {
  const std::span<std::uint8_t> buffer = keeper_->input_buffer();
  has_unread_ = false;
  for (int i = 0; i < kReadsPerTurn && is_reading(); ++i) {
    const tls::Step step = transport_->read(buffer);
    if (step.progress == Progress::want_read || step.progress == Progress::want_write) return;
    if (step.progress != Progress::done) {
      return end(step.progress == Progress::closed ? "closed_by_peer" : "connection_lost");
    }
    take(ByteView(buffer).first(step.bytes));
  }
  has_unread_ = true;
  if (is_reading()) keeper_->on_dirty(*this);  // go on after the others had their turn
}

void Connection::take(ByteView input) {
  if (input_.empty()) {
    const std::size_t used = parse(input);
    if (phase_ == Phase::open)
      input_.assign(input.begin() + static_cast<std::ptrdiff_t>(used), input.end());
    return;
  }
  input_.insert(input_.end(), input.begin(), input.end());
  // Taken out of its place: handling a packet may come back here.
  const Bytes whole = std::exchange(input_, {});
  const std::size_t used = parse(whole);
  if (phase_ == Phase::open && used < whole.size()) {
    input_.assign(whole.begin() + static_cast<std::ptrdiff_t>(used), whole.end());
  }
}

std::size_t Connection::parse(ByteView input) {
  std::size_t used = 0;
  while (is_reading()) {
    const auto frame = endpoint_.next(input.subspan(used));
    if (!frame) {
      close(frame.error().reason, "malformed_packet");
      break;
    }
    if (!*frame || !may_go_on(**frame)) break;
    used += (*frame)->size;
    keeper_->on_packet(*this, endpoint_.receive(**frame, keeper_->now(), output()));
  }
  return used;
}

bool Connection::may_go_on(const mqtt::Frame& frame) {
  // Answers and pings cost us little; what makes us work counts.
  const bool counts = frame.type == mqtt::PacketType::publish ||
                      frame.type == mqtt::PacketType::subscribe ||
                      frame.type == mqtt::PacketType::unsubscribe;
  if (!counts || rate_.take(keeper_->now())) return true;
  slowed_ = keeper_->now() + rate_.wait(keeper_->now());
  update_interest();
  keeper_->on_deadline(*this);
  return false;
}

void Connection::pause() {
  paused_ = true;
  update_interest();
}

void Connection::resume() {
  // Nobody waited: whoever handles the packet that asked goes on by himself, with the same buffer.
  if (!std::exchange(paused_, false)) return;
  go_on();
}

void Connection::go_on() {
  if (!is_reading()) return;
  update_interest();
  take({});
  if (is_reading()) read();
}

void Connection::on_time(SteadyTime now) {
  if (phase_ == Phase::ended) return;
  if (slowed_ && *slowed_ <= now) {
    slowed_.reset();
    go_on();
  }
  if (retry_ && *retry_ <= now) {
    retry_.reset();
    keeper_->on_dirty(*this);
  }
  if (deadline() > now) return;
  switch (phase_) {
    case Phase::handshake:
      return end("handshake_timeout");
    case Phase::open:
      return close(mqtt::ReasonCode::keep_alive_timeout,
                   endpoint_.is_accepted() ? "keep_alive_timeout" : "connect_timeout");
    case Phase::closing:
    case Phase::ended:
      return end(why_);
  }
}

SteadyTime Connection::deadline() const {
  SteadyTime due = phase_deadline_;
  if (phase_ == Phase::open) due = endpoint_.deadline().value_or(phase_deadline_);
  if (slowed_) due = std::min(due, *slowed_);
  return retry_ ? std::min(due, *retry_) : due;
}

Bytes& Connection::output() {
  if (output_.capacity() == 0) output_ = keeper_->take_buffer();
  keeper_->on_dirty(*this);
  return output_;
}

void Connection::close(mqtt::ReasonCode reason, const char* why) {
  if (is_closing()) return;
  if (phase_ == Phase::handshake) return end(why);
  endpoint_.fail(reason, output());
  finish(why);
}

void Connection::finish(const char* why) {
  if (is_closing()) return;
  if (phase_ == Phase::handshake) return end(why);
  phase_ = Phase::closing;
  why_ = why;
  phase_deadline_ = keeper_->now() + limits_.close;
  input_ = {};
  keeper_->on_closing(*this);
  keeper_->on_deadline(*this);
  keeper_->on_dirty(*this);
}

void Connection::end(const char* why) {
  if (phase_ == Phase::ended) return;
  const bool was_closing = std::exchange(phase_, Phase::ended) == Phase::closing;
  set_interest(Poller::Interest::none);
  if (!was_closing) {
    why_ = why;
    keeper_->on_closing(*this);
  }
  keeper_->on_end(*this);
}

void Connection::flush() {
  if (phase_ == Phase::ended || phase_ == Phase::handshake) return;
  const bool was_congested = is_congested();
  if (transport_->has_output()) {
    const Progress flushed = transport_->flush();
    if (flushed == Progress::failed || flushed == Progress::closed) return end("connection_lost");
  }
  write();
  if (phase_ == Phase::ended) return;
  wants_write_ = !output_.empty() || transport_->has_output();
  if (wants_write_ && transport_->descriptor() < 0) {
    retry_ = keeper_->now() + kRetry;
    keeper_->on_deadline(*this);
  }
  if (output_.empty() && output_.capacity() != 0) keeper_->give_back(std::exchange(output_, {}));
  if (phase_ == Phase::closing && !wants_write_) {
    transport_->close();
    return end(why_);
  }
  update_interest();
  if (was_congested) return go_on();
  if (has_unread_ && is_reading()) read();
}

void Connection::write() {
  std::size_t sent = 0;
  while (sent < output_.size()) {
    const tls::Step step = transport_->write(ByteView(output_).subspan(sent));
    if (step.progress == Progress::failed || step.progress == Progress::closed) {
      return end("connection_lost");
    }
    if (step.bytes == 0) break;
    sent += step.bytes;
    if (transport_->has_output()) break;
  }
  output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(sent));
}

void Connection::update_interest() {
  const bool reads = phase_ == Phase::handshake || is_reading();
  if (wants_write_) {
    set_interest(reads ? Poller::Interest::read_write : Poller::Interest::write);
  } else {
    set_interest(reads ? Poller::Interest::read : Poller::Interest::none);
  }
}

void Connection::set_interest(Poller::Interest interest) {
  if (interest == interest_ || poller_ == nullptr) return;
  interest_ = interest;
  poller_->change(transport_->descriptor(), *this, interest);
}

}  // namespace fastness::gateway
