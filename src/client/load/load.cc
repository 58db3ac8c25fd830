#include "client/load/load.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <poll.h>

namespace fastness::client {

using std::chrono::milliseconds;

namespace {

// A handshake costs the server most of what a connection costs it, and a bench is not an attack.
constexpr std::size_t kConnectingAtOnce = 16;
// Unanswered messages of one publisher when there is no rate.
constexpr std::size_t kWindow = 16;

// What every payload begins with; both ends are this process.
struct Stamp {
  std::uint32_t publisher;
  std::uint64_t number;
  std::int64_t sent_at;
};

void write_stamp(const Stamp& stamp, Bytes& payload) {
  std::memcpy(payload.data(), &stamp.publisher, 4);
  std::memcpy(payload.data() + 4, &stamp.number, 8);
  std::memcpy(payload.data() + 12, &stamp.sent_at, 8);
}

std::optional<Stamp> read_stamp(ByteView payload) {
  if (payload.size() < Load::kStampBytes) return std::nullopt;
  Stamp stamp{};
  std::memcpy(&stamp.publisher, payload.data(), 4);
  std::memcpy(&stamp.number, payload.data() + 4, 8);
  std::memcpy(&stamp.sent_at, payload.data() + 12, 8);
  return stamp;
}

}  // namespace

Load::Load(Shape shape, Address server, const Clock& clock)
    : shape_(std::move(shape)),
      server_(std::move(server)),
      clock_(clock),
      payload_(std::max(shape_.payload_bytes, kStampBytes), 'x') {
  plan();
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (!members_[i].publishes.empty()) publishers_.push_back(i);
  }
}

// Listeners come first, so that they are there before anybody publishes.
void Load::plan() {
  const auto add = [this](std::string publishes, std::string listens) {
    Member& member = members_.emplace_back();
    member.publishes = std::move(publishes);
    member.listens = std::move(listens);
  };
  const auto topic = [this](std::size_t i) { return shape_.prefix + '/' + std::to_string(i); };
  if (shape_.pattern == Pattern::fan_in) {
    add("", shape_.prefix + "/+");
  } else {
    const bool is_shared = shape_.pattern == Pattern::fan_out;
    for (std::size_t i = 0; i < shape_.clients; ++i) add("", topic(is_shared ? 0 : i));
  }
  if (shape_.pattern == Pattern::fan_out) add(topic(0), "");
  if (shape_.pattern != Pattern::fan_in && shape_.pattern != Pattern::pairs) return;
  for (std::size_t i = 0; i < shape_.clients; ++i) add(topic(i), "");
}

MqttConnection::Events Load::events(std::size_t index) {
  MqttConnection::Events events;
  events.message = [this, index](const mqtt::Publish& message) { take(members_[index], message); };
  events.published = [this](std::uint16_t, mqtt::ReasonCode reason) {
    ++counts_.answered;
    if (mqtt::is_failure(reason) && counts_.refused++ == 0) counts_.refusal = explain(reason);
  };
  events.subscribed = [this, index](const std::vector<mqtt::ReasonCode>& reasons) {
    if (!reasons.empty() && mqtt::is_failure(reasons[0])) {
      counts_.refusal = "cannot subscribe: " + explain(reasons[0]);
      return;
    }
    members_[index].is_ready = true;
    ++counts_.connected;
  };
  return events;
}

Result<void> Load::start(std::size_t index, const Identify& identify, const Context& context) {
  FASTNESS_ASSIGN_OR_RETURN(auto login, identify(index));
  FASTNESS_ASSIGN_OR_RETURN(auto transport, Transport::connect(server_, context(index)));
  members_[index].link =
      std::make_unique<MqttLink>(std::move(transport), std::move(login), events(index), clock_);
  return {};
}

Result<void> Load::connect_some(const Identify& identify, const Context& context) {
  while (begun_ < members_.size() && begun_ - counts_.connected < kConnectingAtOnce) {
    FASTNESS_RETURN_IF_ERROR(start(begun_, identify, context));
    ++begun_;
  }
  FASTNESS_RETURN_IF_ERROR(turn(milliseconds(100)));
  if (!counts_.refusal.empty()) return fail(Errc::permission_denied, counts_.refusal);
  return {};
}

Result<void> Load::advance(Member& member) {
  FASTNESS_RETURN_IF_ERROR(member.link->advance());
  if (member.is_ready || !member.link->mqtt().is_accepted()) return {};
  if (member.listens.empty()) {
    member.is_ready = true;
    ++counts_.connected;
    return {};
  }
  if (std::exchange(member.is_subscribing, true)) return {};
  mqtt::SubscriptionOptions wanted;
  wanted.maximum_qos = shape_.qos;
  member.link->mqtt().subscribe({member.listens}, wanted);
  return member.link->advance();
}

void Load::take(Member& member, const mqtt::Publish& message) {
  const auto stamp = read_stamp(message.payload);
  if (!stamp) return;
  ++counts_.delivered;
  latency_.add(
      std::chrono::nanoseconds(clock_.steady().time_since_epoch().count() - stamp->sent_at));
  // Messages of one publisher come in order (MQTT 5.0, 4.6): what is behind came before.
  std::uint64_t& next = member.next_of[stamp->publisher];
  if (stamp->number < next) {
    ++counts_.duplicates;
  } else {
    next = stamp->number + 1;
  }
}

bool Load::may_send(const Member& member) const {
  const MqttConnection& mqtt = member.link->mqtt();
  if (member.link->transport().has_output()) return false;
  if (shape_.qos == mqtt::Qos::at_most_once) return true;
  return mqtt.may_publish() && (shape_.rate > 0 || mqtt.unanswered() < kWindow);
}

void Load::send(std::size_t index) {
  Member& member = members_[index];
  write_stamp({static_cast<std::uint32_t>(index), member.sent++,
               clock_.steady().time_since_epoch().count()},
              payload_);
  mqtt::Publish message;
  message.topic = member.publishes;
  message.payload = payload_;
  message.qos = shape_.qos;
  member.link->mqtt().publish(message);
  ++counts_.sent;
  counts_.expected += shape_.pattern == Pattern::fan_out ? shape_.clients : 1;
}

// Each publisher has its turn. One that the server holds up is passed over, and counted by what it
// does not send.
void Load::send_due() {
  if (publishers_.empty()) return;
  if (!sending_since_) sending_since_ = clock_.steady();
  if (shape_.rate == 0) {
    for (const std::size_t index : publishers_) {
      while (may_send(members_[index])) send(index);
    }
    return;
  }
  const std::chrono::duration<double> passed = clock_.steady() - *sending_since_;
  const auto due = static_cast<std::uint64_t>(passed.count() * shape_.rate) + 1;
  std::size_t passed_over = 0;
  while (counts_.sent < due && passed_over < publishers_.size()) {
    const std::size_t index = publishers_[next_sender_++ % publishers_.size()];
    if (!may_send(members_[index])) {
      ++passed_over;
      continue;
    }
    passed_over = 0;
    send(index);
  }
}

Result<void> Load::turn(milliseconds longest) {
  std::vector<pollfd> watched;
  watched.reserve(begun_);
  for (std::size_t i = 0; i < begun_; ++i) {
    FASTNESS_RETURN_IF_ERROR(advance(members_[i]));
    const Transport& transport = members_[i].link->transport();
    watched.push_back({transport.number(), transport.wanted_events(), 0});
  }
  ::poll(watched.data(), watched.size(), static_cast<int>(longest.count()));
  for (std::size_t i = 0; i < begun_; ++i) {
    if (watched[i].revents != 0) FASTNESS_RETURN_IF_ERROR(advance(members_[i]));
  }
  return {};
}

Result<void> Load::run_once(milliseconds longest) {
  send_due();
  // Between two messages of a fixed rate there may be less than a millisecond.
  const bool is_quick = shape_.rate > 500 || (shape_.rate == 0 && !publishers_.empty());
  return turn(is_quick ? std::min(longest, milliseconds(1)) : std::min(longest, milliseconds(10)));
}

Result<void> Load::drain_once(milliseconds longest) {
  return turn(longest);
}

bool Load::is_drained() const {
  const bool is_answered =
      shape_.qos == mqtt::Qos::at_most_once || counts_.answered == counts_.sent;
  return is_answered && counts_.lost() == 0;
}

void Load::close() {
  for (std::size_t i = 0; i < begun_; ++i) members_[i].link->close();
}

}  // namespace fastness::client
