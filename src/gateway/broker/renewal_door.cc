#include "gateway/broker/renewal_door.h"

#include "base/fixed_limits.h"
#include "gateway/broker/broker.h"
#include "mqtt/wire/encoder.h"

namespace fastness::gateway {

using mqtt::ReasonCode;

namespace {

constexpr std::size_t kMostOfDevice = fixed_limit("renewals.connections_of_device");

}  // namespace

RenewalDoor::Guest* RenewalDoor::find(const Connection& connection) {
  const auto found = guests_.find(connection.number());
  return found == guests_.end() ? nullptr : &found->second;
}

bool RenewalDoor::has_room_for(DeviceId device) const {
  const auto found = of_device_.find(device);
  return found == of_device_.end() || found->second < kMostOfDevice;
}

// The session that CONNACK promises is none: whatever was asked for, nothing of it stays.
void RenewalDoor::let_in(Connection& connection, const Login& login, const RenewingDevice& device) {
  const SteadyTime now = context_.clock.steady();
  guests_.emplace(connection.number(), Guest{device, login.peer.maximum_packet_size, {}, {}});
  ++of_device_[device.device];
  due_.push_back({now + context_.limits.renewal, connection.number()});
  context_.probe.login_accepted();
  context_.log.info("came_to_renew", {{"device", device.device.value().to_text()},
                                      {"remote", connection.origin().remote}});
  mqtt::ServerEndpoint::Welcome welcome;
  if (login.is_client_id_ours) welcome.assigned_client_id = login.client_id;
  connection.endpoint().accept(welcome, now, connection.output());
  connection.welcomed();
  connection.resume();
}

std::optional<RenewingDevice> RenewalDoor::leave(const Connection& connection) {
  auto left = guests_.extract(connection.number());
  if (left.empty()) return std::nullopt;
  const RenewingDevice device = left.mapped().device;
  const auto count = of_device_.find(device.device);
  if (--count->second == 0) of_device_.erase(count);
  pass(connection, device, RenewalChannel::gone, {});
  return device;
}

void RenewalDoor::pass(const Connection& connection, const RenewingDevice& device,
                       RenewalChannel channel, ByteView payload) const {
  context_.services.renewal({channel, device.organisation, device.device, connection.number(),
                             *connection.leaf(), connection.origin().remote, to_bytes(payload),
                             RenewalMessage::Stay::to_renew});
}

// A 3.1.1 client knows no refusal but the end of its connection, and at QoS 0 nobody does:
// acknowledged, or passed over, the message would be lost.
void RenewalDoor::refuse(Connection& connection, const mqtt::Publish& packet) const {
  context_.probe.message_refused();
  const bool has_word =
      packet.qos != mqtt::Qos::at_most_once && connection.endpoint().version() == mqtt::Version::v5;
  if (!has_word) return connection.close(ReasonCode::not_authorised, "topic_denied");
  connection.endpoint().answer(connection.endpoint().last_ticket(), ReasonCode::not_authorised,
                               connection.output());
}

void RenewalDoor::publish(Connection& connection, const mqtt::Publish& packet) {
  const Guest* guest = find(connection);
  if (guest == nullptr) return;
  context_.probe.message_received(packet.qos);
  const auto channel = may_say(guest->device, packet.topic);
  if (!channel) return refuse(connection, packet);
  const bool fits = packet.payload.size() <= fixed_limit("renewals.message_bytes");
  if (fits) {
    pass(connection, guest->device, *channel, packet.payload);
  } else {
    context_.probe.message_refused();
  }
  if (packet.qos != mqtt::Qos::at_most_once) {
    connection.endpoint().answer(connection.endpoint().last_ticket(),
                                 fits ? ReasonCode::success : ReasonCode::quota_exceeded,
                                 connection.output());
  }
  // It has what it came for.
  if (fits && *channel == RenewalChannel::stored) {
    connection.close(ReasonCode::administrative_action, "renewed");
  }
}

// A piece that comes twice is out of its turn, and the device begins anew: nothing is to be
// remembered for QoS 2.
void RenewalDoor::release(Connection& connection) {
  if (find(connection) == nullptr) return;
  connection.endpoint().answer(connection.endpoint().last_ticket(), ReasonCode::success,
                               connection.output());
}

RenewalDoor::Hearing* RenewalDoor::hearing(Guest& guest, std::string_view filter) {
  if (!may_hear(guest.device, filter)) return nullptr;
  return filter == renewal_topic(guest.device.device, "renew") ? &guest.renew : &guest.cert;
}

void RenewalDoor::subscribe(Connection& connection, const mqtt::Subscribe& packet) {
  Guest* guest = find(connection);
  if (guest == nullptr) return;
  const auto& identifiers = packet.properties.subscription_identifiers;
  mqtt::Suback suback;
  suback.packet_id = packet.packet_id;
  for (const auto& entry : packet.entries) {
    Hearing* heard = hearing(*guest, entry.filter);
    if (heard == nullptr) context_.probe.subscription_refused();
    suback.reasons.push_back(heard == nullptr ? ReasonCode::not_authorised
                                              : mqtt::granted(mqtt::Qos::at_most_once));
    if (heard != nullptr) *heard = {true, identifiers.empty() ? 0 : identifiers.front()};
  }
  connection.endpoint().answer(std::move(suback), connection.output());
  if (guest->renew.is_on) pass(connection, guest->device, RenewalChannel::listening, {});
}

void RenewalDoor::unsubscribe(Connection& connection, const mqtt::Unsubscribe& packet) {
  Guest* guest = find(connection);
  if (guest == nullptr) return;
  mqtt::Unsuback unsuback;
  unsuback.packet_id = packet.packet_id;
  for (const std::string_view filter : packet.filters) {
    Hearing* heard = hearing(*guest, filter);
    const bool existed = heard != nullptr && heard->is_on;
    if (existed) *heard = {};
    unsuback.reasons.push_back(existed ? ReasonCode::success : ReasonCode::no_subscription_existed);
  }
  connection.endpoint().answer(std::move(unsuback), connection.output());
}

void RenewalDoor::send(OrganisationId organisation, std::uint64_t number,
                       const std::vector<dialects::Outgoing>& messages) {
  Connection* connection = context_.find(number);
  if (connection == nullptr || connection->is_closing()) return;
  Guest* guest = find(*connection);
  if (guest == nullptr || guest->device.organisation != organisation) return;
  for (const dialects::Outgoing& outgoing : messages) {
    const Hearing* heard = hearing(*guest, outgoing.topic);
    if (heard == nullptr || !heard->is_on || connection->is_congested()) continue;
    mqtt::Publish packet;
    packet.topic = outgoing.topic;
    packet.payload = outgoing.payload;
    const mqtt::Version version = connection->endpoint().version();
    if (heard->identifier != 0 && version == mqtt::Version::v5) {
      mqtt::Properties properties;
      properties.subscription_identifiers = {heard->identifier};
      packet.properties = std::move(properties);
    }
    Bytes encoded;
    mqtt::encode(packet, version, encoded);
    if (encoded.size() > guest->maximum_packet) continue;  // 5.0, 3.1.2.11.4
    Bytes& out = connection->output();
    out.insert(out.end(), encoded.begin(), encoded.end());
  }
}

void RenewalDoor::cut(const Cut& cut) {
  const bool is_all = cut.crowd == Crowd::everybody || cut.crowd == Crowd::renewing;
  const DeviceId* device = cut.identity ? std::get_if<DeviceId>(&*cut.identity) : nullptr;
  if (!is_all && (device == nullptr || !of_device_.contains(*device))) return;
  std::vector<Connection*> affected;  // closing one changes `guests_`
  for (const auto& [number, guest] : guests_) {
    const bool is_meant = is_all || guest.device.device == *device;
    Connection* connection = is_meant ? context_.find(number) : nullptr;
    const bool is_spared =
        connection == nullptr || (cut.other_than && *connection->leaf() == *cut.other_than);
    if (!is_spared) affected.push_back(connection);
  }
  for (Connection* connection : affected) connection->close(ReasonCode::not_authorised, cut.why);
}

void RenewalDoor::on_time() {
  const SteadyTime now = context_.clock.steady();
  while (!due_.empty() && due_.front().at <= now) {
    Connection* connection = context_.find(due_.front().connection);
    due_.pop_front();
    if (connection == nullptr || find(*connection) == nullptr) continue;
    connection->close(ReasonCode::maximum_connect_time, "renewal_time_over");
  }
}

}  // namespace fastness::gateway
