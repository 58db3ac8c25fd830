#include "gateway/link/connection.h"

#include <algorithm>

#include <poll.h>

#include "net/peer_watch.h"

namespace fastness::gateway {

using tls::Progress;
using Interest = net::PollLoop::Interest;

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
      phase_deadline_(now + limits.handshake) {}

Connection::~Connection() {
  if (loop_ != nullptr && transport_->descriptor() >= 0) loop_->remove(transport_->descriptor());
}

bool Connection::attach(ConnectionKeeper& keeper, net::PollLoop& loop) {
  keeper_ = &keeper;
  transport_->use(keeper.ciphers());
  interest_ = is_reading() || phase_ == Phase::handshake ? Interest::read : Interest::none;
  if (transport_->descriptor() >= 0) {
    if (!loop.add(transport_->descriptor(), *this, interest_)) return false;
    loop_ = &loop;
  }
  keeper_->on_deadline(*this);
  return true;
}

void Connection::move_away() {
  if (loop_ != nullptr) loop_->remove(transport_->descriptor());
  loop_ = nullptr;
  keeper_ = nullptr;
  scheduled = kNever;
  is_dirty = false;
}

void Connection::on_ready() {
  if (phase_ == Phase::ended || keeper_ == nullptr) return;
  if (phase_ == Phase::handshake) return ask_for_step();
  if (!wants_write_ && !is_reading() && is_broken()) return end("connection_lost");
  if (wants_write_) keeper_->on_dirty(*this);
  if (is_reading()) read();
}

// A reset wakes us whether or not we ask for anything, and goes on doing so until it is heard.
bool Connection::is_broken() const {
  pollfd socket{transport_->descriptor(), 0, 0};
  return ::poll(&socket, 1, 0) == 1 && (socket.revents & POLLERR) != 0;
}

// What came stays unread until the step, and would wake the loop again and again. Whoever is told
// of what nobody asked for hears that the peer is gone.
void Connection::ask_for_step() {
  if (!std::exchange(waits_for_step_, true)) return keeper_->on_handshake_ready(*this);
  if (interest_ == Interest::none) return end("handshake_failed");
  set_interest(Interest::none);
}

void Connection::step_handshake() {
  waits_for_step_ = false;
  if (phase_ == Phase::handshake) on_step(transport_->handshake());
}

Transport& Connection::lend_for_step() {
  is_lent_ = true;
  set_interest(Interest::none);
  return *transport_;
}

void Connection::give_back(Progress progress) {
  is_lent_ = false;
  waits_for_step_ = false;
  if (phase_ == Phase::handshake) on_step(progress);
}

void Connection::on_step(Progress progress) {
  switch (progress) {
    case Progress::done:
      phase_ = Phase::open;
      phase_deadline_ = keeper_->now() + limits_.connect;
      update_interest();
      keeper_->on_handshake(*this);
      keeper_->on_deadline(*this);
      return read();  // CONNECT may have come along with the last bytes of the handshake
    case Progress::want_read:
      return set_interest(Interest::read);
    case Progress::want_write:
      (void)transport_->flush();
      return set_interest(Interest::read_write);
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
    time_packet();
  }
  has_unread_ = true;
  if (is_reading()) keeper_->on_dirty(*this);  // go on after the others had their turn
}

void Connection::take(ByteView input) {
  if (!has_begun_packet()) return keep(input.subspan(parse(input)));
  Bytes& begun = waiting_->input;
  begun.insert(begun.end(), input.begin(), input.end());
  // Looked at before anything is moved: a packet that comes byte by byte is copied once.
  const auto frame = endpoint_.next(begun);
  if (frame && !*frame) return;
  // Taken out of its place: handling a packet may come back here.
  const Bytes whole = std::exchange(begun, {});
  keep(ByteView(whole).subspan(parse(whole)));
}

Connection::Waiting& Connection::waiting() {
  if (waiting_ == nullptr) waiting_ = std::make_unique<Waiting>();
  return *waiting_;
}

void Connection::rest() {
  if (waiting_ && waiting_->is_over()) waiting_.reset();
}

// Until the rest of its packet comes, or may be looked at.
void Connection::keep(ByteView beginning) {
  if (phase_ == Phase::open && !beginning.empty()) {
    waiting().input.assign(beginning.begin(), beginning.end());
  }
  rest();
}

std::size_t Connection::parse(ByteView input) {
  std::size_t used = 0;
  while (is_reading()) {
    const auto frame = endpoint_.next(input.subspan(used));
    if (!frame) {
      if (frame.error().reason == mqtt::ReasonCode::packet_too_large) {
        keeper_->on_quota(*this, Quota::packet_bytes);
      }
      close(frame.error().reason, "malformed_packet");
      break;
    }
    if (!*frame || !may_go_on(**frame)) break;
    used += (*frame)->size;
    keeper_->on_packet(*this, endpoint_.receive(**frame, keeper_->now(), output()), (*frame)->size);
  }
  return used;
}

// How long a packet of so many bytes has to wait; zero, and counted, if it need not.
SteadyTime::duration Connection::pace(std::size_t bytes) {
  const SteadyTime now = keeper_->now();
  const net::Pace::Allowance messages{limits_.messages_per_second, limits_.message_burst};
  const net::Pace::Allowance octets{limits_.bytes_per_second, limits_.bytes_per_second};
  const auto for_messages = messages_.wait(messages, now);
  const auto for_bytes = bytes_.wait(octets, now);
  if (for_messages.count() != 0) keeper_->on_quota(*this, Quota::messages_per_second);
  if (for_bytes.count() != 0) keeper_->on_quota(*this, Quota::bytes_per_second);
  auto wait = std::max(for_messages, for_bytes);
  if (wait.count() == 0) wait = keeper_->pace(*this, bytes);
  if (wait.count() != 0) return wait;
  messages_.take(messages, now);
  bytes_.take(octets, now, static_cast<double>(bytes));
  return wait;
}

bool Connection::may_go_on(const mqtt::Frame& frame) {
  // Answers and pings cost us little; what makes us work counts.
  const bool counts = frame.type == mqtt::PacketType::publish ||
                      frame.type == mqtt::PacketType::subscribe ||
                      frame.type == mqtt::PacketType::unsubscribe;
  if (!counts) return true;
  const auto wait = pace(frame.size);
  if (wait.count() == 0) return true;
  waiting().slowed = keeper_->now() + wait;
  update_interest();
  keeper_->on_deadline(*this);
  return false;
}

void Connection::welcomed() {
  phase_deadline_ = kNever;
  transport_->settle_address();
  // A WebSocket is pinged by whoever owns its socket.
  if (!endpoint_.promises_life() && transport_->descriptor() >= 0) {
    (void)net::watch_peer(transport_->descriptor(), limits_.vanished);
  }
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
  time_packet();
  if (is_reading()) read();
}

// A packet that has begun must end: whoever dribbles keeps its memory, and nobody else's time.
void Connection::time_packet() {
  if (phase_ != Phase::open || !endpoint_.is_accepted()) return;
  const bool waits_for_more = has_begun_packet() && is_reading();
  if (!waits_for_more) {
    phase_deadline_ = kNever;
  } else if (phase_deadline_ == kNever) {
    phase_deadline_ = keeper_->now() + limits_.packet;
    keeper_->on_deadline(*this);
  }
}

void Connection::on_time(SteadyTime now) {
  if (phase_ == Phase::ended) return;
  if (waiting_ && waiting_->slowed <= now) {
    waiting_->slowed = kNever;
    go_on();
  }
  if (waiting_ && waiting_->retry <= now) {
    waiting_->retry = kNever;
    keeper_->on_dirty(*this);
  }
  rest();
  if (deadline() > now) return;
  if (phase_ == Phase::open && endpoint_.is_accepted() && phase_deadline_ <= now) {
    return close(mqtt::ReasonCode::keep_alive_timeout, "packet_timeout");
  }
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
  if (phase_ == Phase::open) due = std::min(due, endpoint_.deadline().value_or(due));
  return waiting_ ? std::min({due, waiting_->slowed, waiting_->retry}) : due;
}

Bytes& Connection::output() {
  if (output_ == nullptr) output_ = keeper_->take_buffer();
  keeper_->on_dirty(*this);
  return *output_;
}

void Connection::close(mqtt::ReasonCode reason, const char* why, mqtt::Properties more) {
  if (is_closing()) return;
  if (phase_ == Phase::handshake) return end(why);
  endpoint_.fail(reason, output(), std::move(more));
  finish(why);
}

void Connection::finish(const char* why) {
  if (is_closing()) return;
  if (phase_ == Phase::handshake) return end(why);
  phase_ = Phase::closing;
  why_ = why;
  phase_deadline_ = keeper_->now() + limits_.close;
  waiting_.reset();
  update_interest();  // or what the peer still sends would wake us until the turn ends
  keeper_->on_closing(*this);
  keeper_->on_deadline(*this);
  keeper_->on_dirty(*this);
}

void Connection::end(const char* why) {
  if (phase_ == Phase::ended) return;
  const bool was_closing = std::exchange(phase_, Phase::ended) == Phase::closing;
  set_interest(Interest::none);
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
  wants_write_ = output_ != nullptr || transport_->has_output();
  if (wants_write_ && transport_->descriptor() < 0) {
    waiting().retry = keeper_->now() + kRetry;
    keeper_->on_deadline(*this);
  }
  if (phase_ == Phase::closing && !wants_write_) {
    transport_->close();
    return end(why_);
  }
  update_interest();
  if (was_congested) return go_on();
  if (has_unread_ && is_reading()) read();
}

void Connection::write() {
  if (output_ == nullptr) return;
  if (traffic != nullptr) {
    traffic->count_sent(ByteView(*output_).subspan(counted_), endpoint_.version());
  }
  std::size_t sent = 0;
  while (sent < output_->size()) {
    const tls::Step step = transport_->write(ByteView(*output_).subspan(sent));
    if (step.progress == Progress::failed || step.progress == Progress::closed) {
      return end("connection_lost");
    }
    if (step.bytes == 0) break;
    sent += step.bytes;
    if (transport_->has_output()) break;
  }
  output_->erase(output_->begin(), output_->begin() + static_cast<std::ptrdiff_t>(sent));
  counted_ = static_cast<std::uint32_t>(output_->size());
  if (output_->empty()) keeper_->give_back(std::move(output_));
}

void Connection::update_interest() {
  const bool reads = phase_ == Phase::handshake || is_reading();
  if (wants_write_) {
    set_interest(reads ? Interest::read_write : Interest::write);
  } else {
    set_interest(reads ? Interest::read : Interest::none);
  }
}

void Connection::set_interest(Interest interest) {
  if (interest == interest_ || loop_ == nullptr) return;
  interest_ = interest;
  loop_->change(transport_->descriptor(), *this, interest);
}

}  // namespace fastness::gateway
