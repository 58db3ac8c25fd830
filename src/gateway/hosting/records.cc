#include "gateway/hosting/records.h"

namespace fastness::gateway::records {
namespace {

enum class Kind : std::uint8_t {
  published = 1,
  released = 2,
  opened = 3,
  detached = 4,
  ended = 5,
  subscribed = 6,
  unsubscribed = 7,
  progressed = 8,
  willed = 9,
  will_settled = 10,
  addressed = 11,
  retained_sent = 12,
};

void write(const Uuid& uuid, ByteWriter& out) {
  out.raw(uuid.bytes());
}

Uuid read_uuid(ByteReader& in) {
  Uuid::Bytes bytes{};
  in.copy_to(bytes);
  return Uuid(bytes);
}

OrganisationId read_organisation(ByteReader& in) {
  return OrganisationId(read_uuid(in));
}

void write_identity(const std::variant<DeviceId, UserId>& identity, ByteWriter& out) {
  const auto* device = std::get_if<DeviceId>(&identity);
  out.u8(device != nullptr ? 1 : 2);
  write(device != nullptr ? device->value() : std::get<UserId>(identity).value(), out);
}

std::variant<DeviceId, UserId> read_identity(ByteReader& in) {
  const bool is_device = in.u8() == 1;
  const Uuid uuid = read_uuid(in);
  if (is_device) return DeviceId(uuid);
  return UserId(uuid);
}

void write_time(Timestamp time, ByteWriter& out) {
  out.i64(time.time_since_epoch().count());
}

Timestamp read_time(ByteReader& in) {
  return Timestamp{std::chrono::microseconds{in.i64()}};
}

std::size_t message_bytes(const Published& r) {
  return r.message->bytes();
}
std::size_t message_bytes(const Addressed& r) {
  return r.message.bytes();
}
template <typename AnyOther>
std::size_t message_bytes(const AnyOther& /*record*/) {
  return 0;
}

// --- one function for each record, both ways ---------------------------------------------------

constexpr unsigned kIsRouted = 1;
constexpr unsigned kHasOwner = 2;
constexpr unsigned kHasChoices = 4;

void write_choices(const Choices& choices, ByteWriter& out) {
  out.u32(static_cast<std::uint32_t>(choices.size()));
  for (const Choice& choice : choices) {
    out.sized(choice.subscription);
    records::write(choice.member, out);
    out.u8(static_cast<std::uint8_t>(choice.qos));
  }
}

Choices read_choices(ByteReader& in) {
  Choices choices;
  for (std::uint32_t left = in.u32(); left != 0 && in.ok(); --left) {
    std::string subscription = in.sized_text();
    SessionKey member = read_key(in);
    choices.push_back(
        {std::move(subscription), std::move(member), static_cast<mqtt::Qos>(in.u8() % 3)});
  }
  return choices;
}

void body(const Published& r, ByteWriter& out) {
  write(r.organisation.value(), out);
  records::write(*r.message, out);
  out.u8(r.sender ? 1 : 0);
  if (r.sender) records::write(*r.sender, out);
  out.u16(r.packet_id);
  out.u8(static_cast<std::uint8_t>((r.is_routed ? kIsRouted : 0U) | (r.owner ? kHasOwner : 0U) |
                                   (r.choices.empty() ? 0U : kHasChoices)));
  if (r.owner) write_identity(*r.owner, out);
  if (!r.choices.empty()) write_choices(r.choices, out);
}

Published read_published(ByteReader& in) {
  const OrganisationId organisation = read_organisation(in);
  Published r{organisation, std::make_shared<const mqtt::Message>(read_message(in)), std::nullopt,
              0, true};
  if (in.u8() == 1) r.sender = read_key(in);
  r.packet_id = in.u16();
  const unsigned flags = in.u8();
  r.is_routed = (flags & kIsRouted) != 0;
  if ((flags & kHasOwner) != 0) r.owner = read_identity(in);
  if ((flags & kHasChoices) != 0) r.choices = read_choices(in);
  return r;
}

void body(const Released& r, ByteWriter& out) {
  write(r.organisation.value(), out);
  records::write(r.session, out);
  out.u16(r.packet_id);
}

void body(const Opened& r, ByteWriter& out) {
  records::write(r.principal, out);
  records::write(r.session, out);
  out.i64(r.expiry.count());
  out.u8(r.is_new ? 1 : 0);
}

void body(const Detached& r, ByteWriter& out) {
  write(r.organisation.value(), out);
  records::write(r.session, out);
  write_time(r.ends, out);
}

void body(const Ended& r, ByteWriter& out) {
  write(r.organisation.value(), out);
  records::write(r.session, out);
}

void body(const Subscribed& r, ByteWriter& out) {
  write(r.organisation.value(), out);
  records::write(r.session, out);
  out.sized(r.text);
  records::write(r.options, out);
  out.u32(r.identifier);
  out.u64(r.since);
}

void body(const Unsubscribed& r, ByteWriter& out) {
  write(r.organisation.value(), out);
  records::write(r.session, out);
  out.sized(r.text);
}

void body(const Progressed& r, ByteWriter& out) {
  write(r.organisation.value(), out);
  records::write(r.session, out);
  out.u8(static_cast<std::uint8_t>(r.event.kind));
  out.u64(r.event.number);
  out.u16(r.event.packet_id);
}

void body(const Willed& r, ByteWriter& out) {
  records::write(r.principal, out);
  records::write(r.session, out);
  records::write(r.will, out);
}

void body(const WillSettled& r, ByteWriter& out) {
  write(r.organisation.value(), out);
  records::write(r.session, out);
  records::write(r.due, out);
}

void body(const Addressed& r, ByteWriter& out) {
  write(r.organisation.value(), out);
  records::write(r.session, out);
  records::write(r.message, out);
}

void body(const RetainedSent& r, ByteWriter& out) {
  write(r.organisation.value(), out);
  records::write(r.session, out);
  out.sized(r.text);
  out.u64(r.after);
}

Record read_body(Kind kind, ByteReader& in) {
  if (kind == Kind::published) return read_published(in);
  if (kind == Kind::willed) {
    Principal principal = read_principal(in);
    SessionKey session = read_key(in);
    return Willed{std::move(principal), std::move(session), read_testament(in)};
  }
  if (kind == Kind::opened) {
    Principal principal = read_principal(in);
    SessionKey session = read_key(in);
    const std::chrono::seconds expiry{in.i64()};
    return Opened{std::move(principal), std::move(session), expiry, in.u8() == 1};
  }
  const OrganisationId organisation = read_organisation(in);
  SessionKey session = read_key(in);
  switch (kind) {
    case Kind::released:
      return Released{organisation, std::move(session), in.u16()};
    case Kind::detached:
      return Detached{organisation, std::move(session), read_time(in)};
    case Kind::subscribed: {
      Subscribed r{organisation, std::move(session), in.sized_text(), read_options(in), 0, 0};
      r.identifier = in.u32();
      r.since = in.u64();
      return r;
    }
    case Kind::unsubscribed:
      return Unsubscribed{organisation, std::move(session), in.sized_text()};
    case Kind::progressed: {
      const auto event = static_cast<mqtt::SessionEvent::Kind>(in.u8());
      const std::uint64_t number = in.u64();
      return Progressed{organisation, std::move(session), {event, number, in.u16()}};
    }
    case Kind::will_settled:
      return WillSettled{organisation, std::move(session), read_optional_time(in)};
    case Kind::addressed:
      return Addressed{organisation, std::move(session), read_message(in)};
    case Kind::retained_sent: {
      std::string text = in.sized_text();
      return RetainedSent{organisation, std::move(session), std::move(text), in.u64()};
    }
    default:
      return Ended{organisation, std::move(session)};
  }
}

}  // namespace

void write(const SessionKey& key, ByteWriter& out) {
  write_identity(key.identity, out);
  out.sized(key.client_id);
  out.u64(key.instance);
}

SessionKey read_key(ByteReader& in) {
  auto identity = read_identity(in);
  std::string client_id = in.sized_text();
  return SessionKey::of(identity, std::move(client_id), in.u64());
}

void write_owner(const std::optional<std::variant<DeviceId, UserId>>& owner, ByteWriter& out) {
  if (owner) write_identity(*owner, out);
}

std::optional<std::variant<DeviceId, UserId>> read_owner(ByteReader& in) {
  if (in.rest().empty()) return std::nullopt;
  return read_identity(in);
}

void write(const Principal& principal, ByteWriter& out) {
  write(principal.organisation.value(), out);
  write_identity(principal.identity, out);
  out.sized(principal.credential);
  out.u8(static_cast<std::uint8_t>(principal.rights));
}

Principal read_principal(ByteReader& in) {
  const OrganisationId organisation = read_organisation(in);
  auto identity = read_identity(in);
  std::string credential = in.sized_text();
  const bool writes = in.u8() == static_cast<std::uint8_t>(dialects::Speaker::Rights::read_write);
  return {organisation, identity, std::move(credential),
          writes ? dialects::Speaker::Rights::read_write : dialects::Speaker::Rights::read};
}

void write(const mqtt::Message& message, ByteWriter& out) {
  out.sized(message.topic);
  out.sized(message.payload);
  out.sized(message.properties);
  out.u8(static_cast<std::uint8_t>(message.qos));
  out.u8(message.retain ? 1 : 0);
  out.u8(message.expires ? 1 : 0);
  write_time(message.expires.value_or(Timestamp{}), out);
  out.u64(message.number);
}

mqtt::Message read_message(ByteReader& in) {
  mqtt::Message message;
  message.topic = in.sized_text();
  message.payload = to_bytes(in.sized());
  message.properties = to_bytes(in.sized());
  message.qos = static_cast<mqtt::Qos>(in.u8() % 3);
  message.retain = in.u8() == 1;
  const bool expires = in.u8() == 1;
  const Timestamp at = read_time(in);
  if (expires) message.expires = at;
  message.number = in.u64();
  return message;
}

void write(const mqtt::SubscriptionOptions& options, ByteWriter& out) {
  out.u8(static_cast<std::uint8_t>(options.maximum_qos));
  out.u8(options.no_local ? 1 : 0);
  out.u8(options.retain_as_published ? 1 : 0);
  out.u8(static_cast<std::uint8_t>(options.retain_handling));
}

mqtt::SubscriptionOptions read_options(ByteReader& in) {
  mqtt::SubscriptionOptions options;
  options.maximum_qos = static_cast<mqtt::Qos>(in.u8() % 3);
  options.no_local = in.u8() == 1;
  options.retain_as_published = in.u8() == 1;
  options.retain_handling = static_cast<mqtt::RetainHandling>(in.u8() % 3);
  return options;
}

void write(const std::optional<Timestamp>& time, ByteWriter& out) {
  out.u8(time ? 1 : 0);
  write_time(time.value_or(Timestamp{}), out);
}

std::optional<Timestamp> read_optional_time(ByteReader& in) {
  const bool is_there = in.u8() == 1;
  const Timestamp time = read_time(in);
  return is_there ? std::optional(time) : std::nullopt;
}

void write(const Testament& will, ByteWriter& out) {
  write(will.message, out);
  out.i64(will.delay.count());
  out.u8(will.lifetime ? 1 : 0);
  out.i64(will.lifetime.value_or(std::chrono::seconds{0}).count());
  out.i64(will.patience.count());
}

Testament read_testament(ByteReader& in) {
  Testament will;
  will.message = read_message(in);
  will.delay = std::chrono::seconds{in.i64()};
  const bool has_lifetime = in.u8() == 1;
  const std::chrono::seconds lifetime{in.i64()};
  if (has_lifetime) will.lifetime = lifetime;
  will.patience = std::chrono::seconds{in.i64()};
  return will;
}

Bytes encode(const Record& record) {
  // Enough for all but the longest names, so that most records are allocated once.
  constexpr std::size_t kNames = 160;
  Bytes bytes;
  std::visit(
      [&](const auto& r) {
        bytes.reserve(kNames + message_bytes(r));
        ByteWriter out(bytes);
        out.u8(static_cast<std::uint8_t>(record.index() + 1));
        body(r, out);
      },
      record);
  return bytes;
}

OrganisationId organisation_of(const Record& record) {
  return std::visit(
      [](const auto& r) -> OrganisationId {
        if constexpr (requires { r.principal; }) {
          return r.principal.organisation;
        } else {
          return r.organisation;
        }
      },
      record);
}

Result<Record> decode(ByteView bytes) {
  ByteReader in(bytes);
  const std::uint8_t kind = in.u8();
  if (kind < static_cast<std::uint8_t>(Kind::published) ||
      kind > static_cast<std::uint8_t>(Kind::retained_sent)) {
    return fail(Errc::corrupted, "unknown kind of gateway record");
  }
  Record record = read_body(static_cast<Kind>(kind), in);
  FASTNESS_RETURN_IF_ERROR(in.finish("gateway record"));
  return record;
}

}  // namespace fastness::gateway::records
