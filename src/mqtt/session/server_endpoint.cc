#include "mqtt/session/server_endpoint.h"

#include <utility>

#include "mqtt/shared_subscription.h"
#include "mqtt/wire/encoder.h"

namespace fastness::mqtt {

ServerEndpoint::Action ServerEndpoint::broken(ReasonCode reason, const char* what, Bytes& out) {
  if (state_ == State::fresh) {
    // Only a client which got as far as naming a version we lack hears of it (3.1.4).
    if (reason == ReasonCode::unsupported_protocol_version) refuse(reason, out);
    state_ = State::ended;
  } else {
    fail(reason, out);
  }
  return Failed{{reason, what}};
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
  Decoded<Packet> packet = decode(frame, version_);
  if (!packet) return broken(packet.error().reason, packet.error().what, out);
  return dispatch(std::move(packet).value(), out);
}

ServerEndpoint::Action ServerEndpoint::dispatch(Packet packet, Bytes& out) {
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
  return broken(ReasonCode::protocol_error, "packet that only a server sends", out);
}

ServerEndpoint::Action ServerEndpoint::on_connect(Connect packet) {
  state_ = State::connecting;
  version_ = packet.version;
  asked_keep_alive_ = packet.keep_alive;
  session_expiry_ = packet.properties.session_expiry.value_or(0);
  return packet;
}

void ServerEndpoint::accept(const Welcome& welcome, SteadyTime now, Bytes& out) {
  state_ = State::accepted;
  last_packet_ = now;
  const bool too_long = asked_keep_alive_ == 0 || asked_keep_alive_ > limits_.max_keep_alive;
  keep_alive_ = too_long ? limits_.max_keep_alive : asked_keep_alive_;

  Connack connack{welcome.session_present, ReasonCode::success, {}};
  if (version_ == Version::v5) {
    Properties& properties = connack.properties;
    properties.receive_maximum = limits_.receive_maximum;
    properties.maximum_packet_size = static_cast<std::uint32_t>(limits_.max_packet_bytes);
    properties.topic_alias_maximum = limits_.topic_alias_maximum;
    if (!welcome.assigned_client_id.empty()) {
      properties.assigned_client_identifier = welcome.assigned_client_id;
    }
    if (too_long) properties.server_keep_alive = keep_alive_;
    if (welcome.session_expiry != session_expiry_) {
      properties.session_expiry = welcome.session_expiry;
    }
  }
  encode(connack, version_, out);
}

void ServerEndpoint::refuse(ReasonCode reason, Bytes& out) {
  state_ = State::ended;
  encode(Connack{false, reason, {}}, version_, out);
}

void ServerEndpoint::owe(PacketType answer, std::uint16_t packet_id) {
  unanswered_.push_back({answer, packet_id, std::nullopt});
}

Decoded<void> ServerEndpoint::resolve_alias(Publish& packet) {
  const auto alias = packet.properties.topic_alias;
  if (!alias) return {};
  if (*alias == 0 || *alias > limits_.topic_alias_maximum) {
    return Unexpected<Malformed>{{ReasonCode::topic_alias_invalid, "topic alias out of range"}};
  }
  if (!packet.topic.empty()) {
    aliases_[*alias] = packet.topic;
    return {};
  }
  const auto known = aliases_.find(*alias);
  if (known == aliases_.end()) return protocol_error("unknown topic alias");
  packet.topic = known->second;
  return {};
}

ServerEndpoint::Action ServerEndpoint::on_publish(Publish packet, Bytes& out) {
  if (!packet.properties.subscription_identifiers.empty()) {
    return broken(ReasonCode::protocol_error, "client sent a subscription identifier", out);
  }
  if (const auto resolved = resolve_alias(packet); !resolved) {
    return broken(resolved.error().reason, resolved.error().what, out);
  }
  if (packet.qos == Qos::at_most_once) return packet;

  const std::size_t open = unanswered_.size() + unreleased_;
  // A message sent again while its first copy is being answered takes no place in the window.
  const bool over = version_ == Version::v5 && !packet.duplicate && open >= limits_.receive_maximum;
  if (over || unanswered_.size() >= limits_.max_unanswered) {
    return broken(ReasonCode::receive_maximum_exceeded, "more messages than may be unanswered",
                  out);
  }
  owe(packet.qos == Qos::at_least_once ? PacketType::puback : PacketType::pubrec, packet.packet_id);
  return packet;
}

ServerEndpoint::Action ServerEndpoint::on_acknowledgement(Acknowledgement packet, Bytes& out) {
  if (packet.type == PacketType::pubrel) {
    if (unanswered_.size() >= limits_.max_unanswered) {
      return broken(ReasonCode::receive_maximum_exceeded, "too many unanswered PUBREL", out);
    }
    owe(PacketType::pubcomp, packet.packet_id);
  }
  return packet;
}

void ServerEndpoint::answer(Ticket ticket, ReasonCode reason, Bytes& out) {
  if (ticket < first_ticket_ || ticket - first_ticket_ >= unanswered_.size()) return;
  unanswered_[ticket - first_ticket_].reason = reason;
  while (!unanswered_.empty() && unanswered_.front().reason) {
    const Unanswered& next = unanswered_.front();
    if (next.answer == PacketType::pubrec && !is_failure(*next.reason)) ++unreleased_;
    if (next.answer == PacketType::pubcomp && unreleased_ != 0) --unreleased_;
    // 3.1.1 cannot say no: what was refused is acknowledged all the same (3.1.1, 3.3.5).
    const ReasonCode said = version_ == Version::v5 ? *next.reason : ReasonCode::success;
    if (state_ == State::accepted) {
      encode(Acknowledgement{next.answer, next.packet_id, said, {}}, version_, out);
    }
    unanswered_.pop_front();
    ++first_ticket_;
  }
}

ServerEndpoint::Action ServerEndpoint::on_disconnect(const Disconnect& packet, Bytes& out) {
  const auto expiry = packet.properties.session_expiry;
  if (expiry && *expiry != 0 && session_expiry_ == 0) {
    return broken(ReasonCode::protocol_error, "DISCONNECT asks to keep a session that ends", out);
  }
  state_ = State::ended;
  return Ended{packet.reason != ReasonCode::normal_disconnection, expiry};
}

void ServerEndpoint::fail(ReasonCode reason, Bytes& out) {
  const State before = std::exchange(state_, State::ended);
  if (before == State::connecting) {
    encode(Connack{false, reason, {}}, version_, out);
  } else if (before == State::accepted && version_ == Version::v5) {
    encode(Disconnect{reason, {}}, version_, out);
  }
}

std::optional<SteadyTime> ServerEndpoint::deadline() const {
  if (state_ != State::accepted) return std::nullopt;
  // One and a half times the keep-alive (3.1.2.10).
  return last_packet_ + std::chrono::milliseconds{1'500} * keep_alive_;
}

}  // namespace fastness::mqtt
