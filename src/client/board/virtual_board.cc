#include "client/board/virtual_board.h"

#include <algorithm>
#include <utility>

#include "device/mqtt_renewal.h"
#include "mqtt/wire/decoder.h"
#include "mqtt/wire/encoder.h"
#include "senml/command.h"

namespace fastness::client {

using std::chrono::seconds;

namespace {

// The library's own numbers.
constexpr seconds kKeepAlive{30};
constexpr seconds kSilence{60};
constexpr seconds kFirstRetry{4};
constexpr seconds kLongestWait{32};
constexpr seconds kValuesRetry{30};
constexpr int kMostQuestions = 11;
constexpr std::size_t kMaxMessage = 256;
constexpr std::size_t kMaxPacket = std::size_t{1} << 20U;
constexpr const char* kLibraryVersion = "2.9.0";

Unexpected<Error> give_up(const char* why) {
  return fail(Errc::unavailable, why);
}

bool is_timezone(const senml::Record& record) {
  return record.name == "tz_offset" || record.name == "tz_dst_until";
}

// A property's attributes stay together: a board sends them in one message.
std::string_view property_of(const senml::Record& record) {
  return std::string_view(record.name).substr(0, record.name.find(':'));
}

}  // namespace

void VirtualBoard::start(SteadyTime now) {
  phase_ = Phase::connecting;
  output_.clear();
  unanswered_ = 0;
  last_heard_ = now;
  next_ping_ = now + kKeepAlive;
  next_question_ = SteadyTime::max();
  mqtt::Connect connect;
  connect.client_id = identity_.device_id;
  connect.keep_alive = static_cast<std::uint16_t>(kKeepAlive.count());
  const bool may_renew = companion_ != nullptr && std::exchange(was_refused_, false);
  purpose_ = may_renew ? Purpose::renewal : Purpose::work;
  if (purpose_ == Purpose::renewal) {
    connect.username = device::kRenewalUserName;
  } else if (!identity_.secret.empty()) {
    connect.username = identity_.device_id;
    connect.password = identity_.secret;
  }
  mqtt::encode(connect, output_);
}

Result<void> VirtualBoard::receive(Bytes& input, SteadyTime now) {
  for (;;) {
    const auto frame = mqtt::next_frame(input, kMaxPacket);
    if (!frame) return fail(Errc::corrupted, "the server sent no MQTT");
    if (!frame.value()) return {};
    last_heard_ = now;
    const auto packet = mqtt::decode(**frame, mqtt::Version::v311);
    if (!packet) return fail(Errc::corrupted, "the server sent a malformed packet");
    FASTNESS_RETURN_IF_ERROR(handle(*packet, now));
    input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>((*frame)->size));
  }
}

Result<void> VirtualBoard::handle(const mqtt::Packet& packet, SteadyTime now) {
  if (const auto* connack = std::get_if<mqtt::Connack>(&packet)) {
    return handle_connack(*connack, now);
  }
  if (const auto* message = std::get_if<mqtt::Publish>(&packet)) {
    return handle_message(*message, now);
  }
  if (const auto* answer = std::get_if<mqtt::Acknowledgement>(&packet)) {
    if (answer->type == mqtt::PacketType::puback) {
      ++acknowledged_;
      unanswered_ -= std::min<std::uint64_t>(unanswered_, 1);
    }
    return {};
  }
  if (const auto* granted = std::get_if<mqtt::Suback>(&packet)) {
    const bool is_refused = std::ranges::any_of(granted->reasons, [](mqtt::ReasonCode reason) {
      return reason >= mqtt::ReasonCode::unspecified_error;
    });
    if (is_refused) return give_up("the server refused a subscription");
  }
  return {};
}

Result<void> VirtualBoard::handle_connack(const mqtt::Connack& connack, SteadyTime now) {
  if (connack.reason != mqtt::ReasonCode::success) {
    was_refused_ = purpose_ == Purpose::work;
    return fail(Errc::unauthenticated, "the server refused device " + identity_.device_id);
  }
  if (purpose_ == Purpose::renewal) {
    // Not `accepted`: a certificate on trial has proved nothing by this.
    for (const std::string& filter : companion_->filters()) subscribe(filter);
    phase_ = Phase::renewing;
    return {};
  }
  subscribe("/a/d/" + identity_.device_id + "/c/dw");
  if (companion_ != nullptr) {
    companion_->accepted();
    for (const std::string& filter : companion_->filters()) subscribe(filter);
  }
  begin_asking(Phase::asking_for_thing, now);
  return {};
}

Result<void> VirtualBoard::handle_message(const mqtt::Publish& message, SteadyTime now) {
  if (message.qos == mqtt::Qos::at_least_once) {
    mqtt::encode(mqtt::Acknowledgement{mqtt::PacketType::puback, message.packet_id, {}, {}},
                 mqtt::Version::v311, output_);
  }
  if (companion_ != nullptr && companion_->take(message.topic, message.payload)) {
    let_companion_speak();
    return {};
  }
  if (message.topic == "/a/d/" + identity_.device_id + "/c/dw") {
    return handle_command(message.payload, now);
  }
  if (!thing_id_.empty() && message.topic == "/a/t/" + thing_id_ + "/e/i") {
    handle_values(message.payload);
    // The echo is how a board says that it took the values.
    if (const auto pack = senml::decode(message.payload)) send_values(pack->records);
  }
  return {};
}

Result<void> VirtualBoard::handle_command(ByteView payload, SteadyTime now) {
  const auto command = senml::decode_command(payload);
  if (!command) return {};  // newer servers may say more
  if (const auto* update = std::get_if<senml::ThingUpdate>(&*command)) {
    if (update->thing_id.empty()) return {};
    thing_id_ = update->thing_id;
    subscribe("/a/t/" + thing_id_ + "/e/i");
    begin_asking(Phase::asking_for_values, now);
  } else if (std::holds_alternative<senml::ThingDetach>(*command)) {
    thing_id_.clear();
    begin_asking(Phase::asking_for_thing, now);
  } else if (const auto* values = std::get_if<senml::LastValuesUpdate>(&*command)) {
    handle_values(values->pack);
    phase_ = Phase::running;
    next_question_ = SteadyTime::max();
  }
  return {};
}

void VirtualBoard::handle_values(ByteView pack) {
  const auto values = senml::decode(pack);
  if (!values) return;
  for (const senml::Record& record : values->records) {
    if (!is_timezone(record)) on_write_(record);
  }
}

void VirtualBoard::begin_asking(Phase phase, SteadyTime now) {
  phase_ = phase;
  asked_ = 0;
  ask(now);
}

void VirtualBoard::ask(SteadyTime now) {
  const std::string topic = "/a/d/" + identity_.device_id + "/c/up";
  const auto say = [&](const senml::Command& command) {
    const Bytes payload = senml::encode_command(command);
    mqtt::Publish message;
    message.topic = topic;
    message.payload = payload;
    mqtt::encode(message, mqtt::Version::v311, output_);
  };
  ++asked_;
  if (phase_ == Phase::asking_for_values) {
    say(senml::LastValuesBegin{});
    next_question_ = now + kValuesRetry;
    return;
  }
  say(senml::DeviceBegin{kLibraryVersion});
  say(senml::ThingBegin{});
  next_question_ = now + std::min(kFirstRetry * (1 << std::min(asked_ - 1, 4)), kLongestWait);
}

void VirtualBoard::let_companion_speak() {
  if (companion_ == nullptr) return;
  for (const Companion::Message& each : companion_->speak()) {
    mqtt::Publish message;
    message.topic = each.topic;
    message.payload = as_bytes(each.payload);
    mqtt::encode(message, mqtt::Version::v311, output_);
  }
}

Result<void> VirtualBoard::tick(SteadyTime now) {
  if (now - last_heard_ > kSilence) return give_up("the server is silent");
  if (phase_ != Phase::connecting) let_companion_speak();
  if (now >= next_ping_) {
    mqtt::encode(mqtt::Pingreq{}, mqtt::Version::v311, output_);
    next_ping_ = now + kKeepAlive;
  }
  if (now < next_question_) return {};
  if (asked_ >= kMostQuestions) return give_up("the server does not say which thing this is");
  ask(now);
  return {};
}

SteadyTime VirtualBoard::next_tick() const {
  return std::min({next_ping_, next_question_, last_heard_ + kSilence});
}

std::uint16_t VirtualBoard::next_packet_id() {
  packet_id_ = packet_id_ == 0xffff ? 1 : static_cast<std::uint16_t>(packet_id_ + 1);
  return packet_id_;
}

void VirtualBoard::subscribe(const std::string& topic) {
  mqtt::Subscribe request;
  request.packet_id = next_packet_id();
  request.entries = {{topic, {}}};
  mqtt::encode(request, mqtt::Version::v311, output_);
}

void VirtualBoard::publish(const std::vector<senml::Record>& records) {
  std::vector<senml::Record> part;
  for (auto next = records.begin(); next != records.end();) {
    const auto end = std::find_if(next, records.end(), [&](const senml::Record& record) {
      return property_of(record) != property_of(*next);
    });
    std::vector<senml::Record> longer = part;
    longer.insert(longer.end(), next, end);
    if (!part.empty() && senml::encode(longer).size() > kMaxMessage) {
      send_values(part);
      part.clear();
      continue;
    }
    part = std::move(longer);
    next = end;
  }
  if (!part.empty()) send_values(part);
}

void VirtualBoard::send_values(const std::vector<senml::Record>& records) {
  const Bytes payload = senml::encode(records);
  const std::string topic = "/a/t/" + thing_id_ + "/e/o";
  mqtt::Publish message;
  message.topic = topic;
  message.payload = payload;
  message.qos = qos_;
  if (qos_ != mqtt::Qos::at_most_once) {
    message.packet_id = next_packet_id();
    ++unanswered_;
  }
  mqtt::encode(message, mqtt::Version::v311, output_);
  ++published_;
}

}  // namespace fastness::client
