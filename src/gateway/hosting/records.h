// What the gateway writes into the journal, so that sessions, queues and retained messages survive
// kill -9. The first byte of a record is its kind; the numbers are on disk and never reused.
// Replaying a record a second time changes nothing.
#pragma once

#include <variant>

#include "base/bytes.h"
#include "base/ids/ids.h"
#include "gateway/hosting/choice.h"
#include "gateway/hosting/client_session.h"
#include "mqtt/message.h"

namespace fastness::gateway::records {

// A message of QoS 1 or 2, or a retained one. `sender` is a durable session, for No Local.
// `packet_id` is set for QoS 2: with it the sender remembers that it has this message. `owner` is
// whoever set a retained message. `choices` says who has it of each shared subscription.
struct Published {
  OrganisationId organisation;
  mqtt::MessagePtr message;  // never null
  std::optional<SessionKey> sender;
  std::uint16_t packet_id = 0;
  bool is_routed = true;  // false: a dialect consumed it, only the packet id matters
  std::optional<std::variant<DeviceId, UserId>> owner = std::nullopt;
  Choices choices = {};
};

// The client let go of a QoS 2 message.
struct Released {
  OrganisationId organisation;
  SessionKey session;
  std::uint16_t packet_id;
};

// A durable session begins, anew or again.
struct Opened {
  Principal principal;
  SessionKey session;
  std::chrono::seconds expiry;
  bool is_new;
};

// Its connection ended; it stays until `ends`.
struct Detached {
  OrganisationId organisation;
  SessionKey session;
  Timestamp ends;
};

struct Ended {
  OrganisationId organisation;
  SessionKey session;
};

struct Subscribed {
  OrganisationId organisation;
  SessionKey session;
  std::string text;
  mqtt::SubscriptionOptions options;
  std::uint32_t identifier;
  std::uint64_t since;
};

struct Unsubscribed {
  OrganisationId organisation;
  SessionKey session;
  std::string text;
};

struct Progressed {
  OrganisationId organisation;
  SessionKey session;
  mqtt::SessionEvent event;
};

// The last message of a connection, in place of an earlier one of its session.
struct Willed {
  Principal principal;
  SessionKey session;
  Testament will;
};

// The connection has ended: its last message is due then, or done with, published or not.
struct WillSettled {
  OrganisationId organisation;
  SessionKey session;
  std::optional<Timestamp> due;
};

// A message of QoS 1 or 2 for one durable session, whatever others subscribed to.
struct Addressed {
  OrganisationId organisation;
  SessionKey session;
  mqtt::Message message;
};

// Of the retained messages for a subscription those numbered up to `after` were put into the queue.
struct RetainedSent {
  OrganisationId organisation;
  SessionKey session;
  std::string text;
  std::uint64_t after;
};

using Record = std::variant<Published, Released, Opened, Detached, Ended, Subscribed, Unsubscribed,
                            Progressed, Willed, WillSettled, Addressed, RetainedSent>;

[[nodiscard]] Bytes encode(const Record& record);
[[nodiscard]] OrganisationId organisation_of(const Record& record);

// `corrupted` if the bytes are no record that `encode` wrote.
[[nodiscard]] Result<Record> decode(ByteView bytes);

// The parts, for the checkpoint's own formats.
void write(const SessionKey& key, ByteWriter& out);
void write(const Principal& principal, ByteWriter& out);
void write(const mqtt::Message& message, ByteWriter& out);
void write(const mqtt::SubscriptionOptions& options, ByteWriter& out);
void write(const Testament& will, ByteWriter& out);
void write(const std::optional<Timestamp>& time, ByteWriter& out);
// At the end of a row: nobody takes no bytes, as it was before owners were kept.
void write_owner(const std::optional<std::variant<DeviceId, UserId>>& owner, ByteWriter& out);
[[nodiscard]] std::optional<std::variant<DeviceId, UserId>> read_owner(ByteReader& in);
[[nodiscard]] SessionKey read_key(ByteReader& in);
[[nodiscard]] Principal read_principal(ByteReader& in);
[[nodiscard]] mqtt::Message read_message(ByteReader& in);
[[nodiscard]] mqtt::SubscriptionOptions read_options(ByteReader& in);
[[nodiscard]] Testament read_testament(ByteReader& in);
[[nodiscard]] std::optional<Timestamp> read_optional_time(ByteReader& in);

}  // namespace fastness::gateway::records
