#include "mqtt/session/server_endpoint.h"

#include <algorithm>
#include <utility>

#include "mqtt/wire/encoder.h"

namespace fastness::mqtt {
namespace {

// Whether a CONNECT says that it is of 5.0, whatever follows.
bool is_version_5(const Frame& connect) {
  ByteReader in(connect.body);
  const auto name = read_binary(in);
  return name == "MQTT" && in.u8() == static_cast<std::uint8_t>(Version::v5);
}

}  // namespace

template <typename T>
void ServerEndpoint::say(T packet, Bytes& out) {
  const std::size_t before = out.size();
  encode(packet, version_, out);
  if (out.size() - before <= peer_maximum_) return;
  out.resize(before);
  Properties shorter = packet.properties;
  if (shorter.reason_string) {
    shorter.reason_string.reset();
  } else if (!shorter.user.empty()) {
    shorter.user.clear();
  } else {
    return;
  }
  packet.properties = std::move(shorter);
  say(std::move(packet), out);
}

ServerEndpoint::Action ServerEndpoint::broken(ReasonCode reason, const char* what, Bytes& out) {
  if (state_ != State::fresh) {
    Properties why;
    why.reason_string = what;
    fail(reason, out, std::move(why));
  } else if (version_ == Version::v5 || reason == ReasonCode::unsupported_protocol_version) {
    refuse(reason, what, out);
  }
  // 3.1.1 has no return code for a broken CONNECT, and what is no CONNECT has no version (3.1.4).
  state_ = State::ended;
  return Failed{{reason, what}};
}

Decoded<std::optional<Frame>> ServerEndpoint::next(ByteView input) const {
  if (state_ != State::fresh) return next_frame(input, limits_.max_packet_bytes);
  constexpr std::uint8_t kConnect = static_cast<std::uint8_t>(PacketType::connect) << 4U;
  if (!input.empty() && input[0] != kConnect) {
    return protocol_error("CONNECT is not the first packet");
  }
  return next_frame(input, std::min(limits_.max_packet_bytes, limits_.max_connect_bytes));
}

ServerEndpoint::Action ServerEndpoint::receive(const Frame& frame, SteadyTime now, Bytes& out) {
  last_packet_ = now;
  const bool is_connect = frame.type == PacketType::connect;
  if (state_ == State::ended) return Nothing{};
  if (is_connect != (state_ == State::fresh)) {
    return broken(ReasonCode::protocol_error, "CONNECT is not the first packet, or not the only",
                  out);
  }
  if (state_ == State::connecting) {
    return broken(ReasonCode::protocol_error, "packet before CONNACK", out);
  }
  if (is_connect && is_version_5(frame)) version_ = Version::v5;
  Decoded<Packet> packet = decode(frame, version_);
  if (!packet) return broken(packet.error().reason, packet.error().what, out);
  return dispatch(std::move(packet).value(), out);
}

ServerEndpoint::Action ServerEndpoint::dispatch(Packet&& packet, Bytes& out) {
  if (auto* connect = std::get_if<Connect>(&packet)) return on_connect(std::move(*connect));
  if (auto* publish = std::get_if<Publish>(&packet)) return on_publish(std::move(*publish), out);
  if (auto* ack = std::get_if<Acknowledgement>(&packet)) {
    return on_acknowledgement(std::move(*ack), out);
  }
  if (auto* subscribe = std::get_if<Subscribe>(&packet)) {
    for (const auto& entry : subscribe->entries) {
      if (entry.options.no_local && entry.filter.starts_with("$share/")) {
        return broken(ReasonCode::protocol_error, "shared subscription with No Local", out);
      }
    }
    return std::move(*subscribe);
  }
  if (auto* unsubscribe = std::get_if<Unsubscribe>(&packet)) return std::move(*unsubscribe);
  if (std::holds_alternative<Pingreq>(packet)) {
    encode(Pingresp{}, version_, out);
    return Nothing{};
  }
  if (const auto* disconnect = std::get_if<Disconnect>(&packet)) {
    return on_disconnect(*disconnect, out);
  }
  if (std::holds_alternative<Auth>(packet)) {
    return broken(ReasonCode::protocol_error, "AUTH, but no method was agreed on", out);
  }
  return broken(ReasonCode::protocol_error, "packet that only a server sends", out);
}

ServerEndpoint::Action ServerEndpoint::on_connect(Connect&& packet) {
  state_ = State::connecting;
  version_ = packet.version;
  asked_keep_alive_ = packet.keep_alive;
  const bool too_long = asked_keep_alive_ == 0 || asked_keep_alive_ > limits_.max_keep_alive;
  keep_alive_ = too_long ? limits_.max_keep_alive : asked_keep_alive_;
  session_expiry_ = packet.properties.session_expiry.value_or(0);
  peer_maximum_ = packet.properties.maximum_packet_size.value_or(peer_maximum_);
  wants_reasons_ = packet.properties.request_problem_information.value_or(1) != 0;
  return std::move(packet);
}

void ServerEndpoint::accept(const Welcome& welcome, SteadyTime now, Bytes& out) {
  state_ = State::accepted;
  last_packet_ = now;
  Connack connack{welcome.session_present, ReasonCode::success, {}};
  if (version_ == Version::v5) {
    Properties& properties = connack.properties;
    properties.receive_maximum = limits_.receive_maximum;
    properties.maximum_packet_size = static_cast<std::uint32_t>(limits_.max_packet_bytes);
    properties.topic_alias_maximum = limits_.topic_alias_maximum;
    if (!welcome.assigned_client_id.empty()) {
      properties.assigned_client_identifier = welcome.assigned_client_id;
    }
    if (keep_alive_ != asked_keep_alive_) properties.server_keep_alive = keep_alive_;
    if (welcome.session_expiry != session_expiry_) {
      properties.session_expiry = welcome.session_expiry;
    }
  }
  say(std::move(connack), out);
}

void ServerEndpoint::refuse(ReasonCode reason, std::string_view why, Bytes& out) {
  state_ = State::ended;
  Connack connack{false, reason, {}};
  if (!why.empty()) connack.properties.reason_string = why;
  say(std::move(connack), out);
}

void ServerEndpoint::owe(PacketType answer, std::uint16_t packet_id) {
  if (answer != PacketType::pubcomp) ++owed_;
  unanswered_.push_back({answer, packet_id, std::nullopt});
}

Decoded<void> ServerEndpoint::resolve_alias(Publish& packet) {
  const auto alias = packet.properties->topic_alias;
  if (!alias) return {};
  if (*alias == 0 || *alias > limits_.topic_alias_maximum) {
    return Unexpected<Malformed>{{ReasonCode::topic_alias_invalid, "topic alias out of range"}};
  }
  if (!packet.topic.empty()) {
    if (!aliases_) aliases_ = std::make_unique<Aliases>();
    (*aliases_)[*alias] = packet.topic;
    return {};
  }
  if (!aliases_) return protocol_error("unknown topic alias");
  const auto known = aliases_->find(*alias);
  if (known == aliases_->end()) return protocol_error("unknown topic alias");
  packet.topic = known->second;
  return {};
}

ServerEndpoint::Action ServerEndpoint::on_publish(Publish&& packet, Bytes& out) {
  if (!packet.properties->subscription_identifiers.empty()) {
    return broken(ReasonCode::protocol_error, "client sent a subscription identifier", out);
  }
  if (const auto resolved = resolve_alias(packet); !resolved) {
    return broken(resolved.error().reason, resolved.error().what, out);
  }
  if (packet.qos == Qos::at_most_once) return std::move(packet);

  const std::size_t open = owed_ + unreleased_;
  // A message sent again while its first copy is being answered takes no place in the window.
  const bool over = version_ == Version::v5 && !packet.duplicate && open >= limits_.receive_maximum;
  if (over || unanswered_.size() >= limits_.max_unanswered) {
    return broken(ReasonCode::receive_maximum_exceeded, "more messages than may be unanswered",
                  out);
  }
  owe(packet.qos == Qos::at_least_once ? PacketType::puback : PacketType::pubrec, packet.packet_id);
  return std::move(packet);
}

ServerEndpoint::Action ServerEndpoint::on_acknowledgement(Acknowledgement&& packet, Bytes& out) {
  if (packet.type == PacketType::pubrel) {
    if (unanswered_.size() >= limits_.max_unanswered) {
      return broken(ReasonCode::receive_maximum_exceeded, "too many unanswered PUBREL", out);
    }
    owe(PacketType::pubcomp, packet.packet_id);
  }
  return std::move(packet);
}

void ServerEndpoint::answer(Ticket ticket, ReasonCode reason, Bytes& out) {
  if (ticket < first_ticket_ || ticket - first_ticket_ >= unanswered_.size()) return;
  unanswered_[ticket - first_ticket_].reason = reason;
  while (!unanswered_.empty() && unanswered_.front().reason) {
    const Unanswered& next = unanswered_.front();
    if (next.answer != PacketType::pubcomp) --owed_;
    if (next.answer == PacketType::pubrec && !is_failure(*next.reason)) ++unreleased_;
    if (next.answer == PacketType::pubcomp && unreleased_ != 0) --unreleased_;
    // 3.1.1 cannot say no: what was refused is acknowledged all the same (3.1.1, 3.3.5).
    const ReasonCode said = version_ == Version::v5 ? *next.reason : ReasonCode::success;
    Acknowledgement acknowledgement{next.answer, next.packet_id, said, {}};
    const std::string_view why = explanation(said);
    if (wants_reasons_ && !why.empty()) {
      Properties properties;
      properties.reason_string = why;
      acknowledgement.properties = std::move(properties);
    }
    if (state_ == State::accepted) say(std::move(acknowledgement), out);
    unanswered_.pop_front();
    ++first_ticket_;
  }
}

void ServerEndpoint::answer(Suback packet, Bytes& out) {
  const auto refused = std::find_if(packet.reasons.begin(), packet.reasons.end(), is_failure);
  if (wants_reasons_ && refused != packet.reasons.end()) {
    packet.properties.reason_string = explanation(*refused);
  }
  say(std::move(packet), out);
}

void ServerEndpoint::answer(Unsuback packet, Bytes& out) {
  say(std::move(packet), out);
}

ServerEndpoint::Action ServerEndpoint::on_disconnect(const Disconnect& packet, Bytes& out) {
  const auto expiry = packet.properties.session_expiry;
  if (expiry && *expiry != 0 && session_expiry_ == 0) {
    return broken(ReasonCode::protocol_error, "DISCONNECT asks to keep a session that ends", out);
  }
  state_ = State::ended;
  return Ended{packet.reason != ReasonCode::normal_disconnection, expiry};
}

void ServerEndpoint::fail(ReasonCode reason, Bytes& out, Properties more) {
  const State before = std::exchange(state_, State::ended);
  const std::string_view why = explanation(reason);
  if (!more.reason_string && !why.empty()) more.reason_string = why;
  if (before == State::connecting) {
    refuse(reason, more.reason_string.value_or(std::string_view{}), out);
  } else if (before == State::accepted && version_ == Version::v5) {
    say(Disconnect{reason, std::move(more)}, out);
  }
}

std::optional<SteadyTime> ServerEndpoint::deadline() const {
  if (state_ != State::accepted) return std::nullopt;
  // One and a half times the keep-alive (3.1.2.10).
  return last_packet_ + std::chrono::milliseconds{1'500} * keep_alive_;
}

}  // namespace fastness::mqtt
