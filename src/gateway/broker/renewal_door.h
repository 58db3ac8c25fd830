#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/fifo.h"
#include "dialects/action.h"
#include "gateway/broker/login.h"
#include "gateway/broker/renewal_topics.h"
#include "gateway/link/connection.h"
#include "gateway/principal.h"
#include "mqtt/wire/packets.h"

namespace fastness::gateway {

struct BrokerContext;
struct Cut;

// The connections of devices that may renew their certificate and do nothing else: `Connection::
// session` is null, so nothing that is a session's comes of them. No will, no queue, no
// subscription in an organisation's topics, nothing retained, nobody's session taken over. What
// they may say and hear is listed here, and all else is refused. A connection that is none of these
// is left alone by every function. Lives on its shard's loop.
class RenewalDoor {
 public:
  // `context` must outlive it.
  explicit RenewalDoor(const BrokerContext& context) : context_(context) {}

  // Whether this device may have one more such connection.
  [[nodiscard]] bool has_room_for(DeviceId device) const;
  // Answers CONNECT. From now on it is one of these, until `leave`.
  void let_in(Connection& connection, const Login& login, const RenewingDevice& device);
  // Whose it was, if it was one.
  std::optional<RenewingDevice> leave(const Connection& connection);

  void publish(Connection& connection, const mqtt::Publish& packet);
  void release(Connection& connection);  // PUBREL
  void subscribe(Connection& connection, const mqtt::Subscribe& packet);
  void unsubscribe(Connection& connection, const mqtt::Unsubscribe& packet);

  // What is to be said to the device; see Broker::send_renewal.
  void send(OrganisationId organisation, std::uint64_t number,
            const std::vector<dialects::Outgoing>& messages);

  // Ends those of a device that is cut off. A kind of certificate ends none: it is what they are
  // here for.
  void cut(const Cut& cut);
  // Ends those whose time is over.
  void on_time();

 private:
  struct Hearing {
    bool is_on = false;
    std::uint32_t identifier = 0;  // of the subscription; zero: none
  };
  struct Guest {
    RenewingDevice device;
    std::uint32_t maximum_packet = 0;  // bytes that its client takes
    Hearing renew;
    Hearing cert;
  };

  [[nodiscard]] Guest* find(const Connection& connection);
  [[nodiscard]] static Hearing* hearing(Guest& guest, std::string_view filter);
  void pass(const Connection& connection, const RenewingDevice& device, RenewalChannel channel,
            ByteView payload) const;
  void refuse(Connection& connection, const mqtt::Publish& packet) const;

  const BrokerContext& context_;
  std::unordered_map<std::uint64_t, Guest> guests_;  // by connection
  std::unordered_map<DeviceId, std::size_t> of_device_;
  struct Due {
    SteadyTime at;
    std::uint64_t connection;
  };
  Fifo<Due> due_;  // all have the same time, so the first comes first
};

}  // namespace fastness::gateway
