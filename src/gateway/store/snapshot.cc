#include "gateway/store/snapshot.h"

#include <algorithm>
#include <iterator>

#include "crypto/digest.h"
#include "gateway/hosting/records.h"

namespace fastness::gateway {
namespace {

// 1 knew no last messages, 2 sent all retained messages at once.
constexpr std::uint8_t kVersion = 3;
// More than any limit allows; a length beyond it is damage.
constexpr std::uint32_t kMaxItems = 1'000'000;

std::array<std::uint8_t, 16> short_digest(ByteView bytes) {
  const crypto::Digest digest = crypto::sha256(bytes);
  std::array<std::uint8_t, 16> half{};
  std::copy_n(digest.begin(), half.size(), half.begin());
  return half;
}

void write_stored(const mqtt::Session::Stored& stored, ByteWriter& out) {
  records::write(*stored.delivery.message, out);
  out.u8(static_cast<std::uint8_t>(stored.delivery.qos));
  out.u8(stored.delivery.retain ? 1 : 0);
  out.u32(static_cast<std::uint32_t>(stored.delivery.identifiers.size()));
  for (const std::uint32_t identifier : stored.delivery.identifiers) out.u32(identifier);
  out.u16(stored.packet_id);
  out.u8(stored.received ? 1 : 0);
}

mqtt::Session::Stored read_stored(ByteReader& in) {
  mqtt::Session::Stored stored;
  stored.delivery.message = std::make_shared<const mqtt::Message>(records::read_message(in));
  stored.delivery.qos = static_cast<mqtt::Qos>(in.u8() % 3);
  stored.delivery.retain = in.u8() == 1;
  const std::uint32_t identifiers = std::min(in.u32(), kMaxItems);
  for (std::uint32_t i = 0; i < identifiers && in.ok(); ++i) {
    stored.delivery.identifiers.push_back(in.u32());
  }
  stored.packet_id = in.u16();
  stored.received = in.u8() == 1;
  return stored;
}

Result<Subscription> read_subscription(ByteReader& in) {
  std::string text = in.sized_text();
  const mqtt::SubscriptionOptions options = records::read_options(in);
  const std::uint32_t identifier = in.u32();
  const std::uint64_t since = in.u64();
  if (!mqtt::SharedSubscription::parse(text))
    return fail(Errc::corrupted, "stored subscription is none");
  return Subscription{std::move(text), options, identifier, since};
}

Result<RetainedReading> read_reading(ByteReader& in) {
  std::string text = in.sized_text();
  const std::uint64_t after = in.u64();
  const std::uint64_t until = in.u64();
  if (!mqtt::SharedSubscription::parse(text)) {
    return fail(Errc::corrupted, "retained messages are stored for no subscription");
  }
  return RetainedReading(std::move(text), after, until);
}

}  // namespace

RowKey row_of(OrganisationId organisation, const SessionKey& key) {
  Bytes bytes;
  ByteWriter out(bytes);
  records::write(key, out);
  return {organisation, RowKey::Kind::session, short_digest(bytes)};
}

RowKey row_of(OrganisationId organisation, std::string_view retained_topic) {
  return {organisation, RowKey::Kind::retained, short_digest(as_bytes(retained_topic))};
}

StoredSession stored(const Space& space, const ClientSession& session) {
  std::vector<RetainedReading> readings;
  if (session.readings) {
    const auto& all = session.readings->all();
    readings.assign(all.begin(), all.end());
  }
  return {session.principal,
          session.key(),
          session.expiry,
          session.ends,
          space.subscriptions(session),
          session.state.incoming(),
          session.state.outgoing(),
          session.will ? std::optional(*session.will) : std::nullopt,
          session.will && !session.was_cut_off ? session.will->due : std::nullopt,
          std::move(readings)};
}

Bytes encode(const StoredSession& session) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.u8(kVersion);
  records::write(session.principal, out);
  records::write(session.key, out);
  out.i64(session.expiry.count());
  out.u8(session.ends ? 1 : 0);
  out.i64(session.ends.value_or(Timestamp{}).time_since_epoch().count());
  out.u32(static_cast<std::uint32_t>(session.subscriptions.size()));
  for (const Subscription& subscription : session.subscriptions) {
    out.sized(subscription.text);
    records::write(subscription.options, out);
    out.u32(subscription.identifier);
    out.u64(subscription.since);
  }
  out.u32(static_cast<std::uint32_t>(session.incoming.size()));
  for (const std::uint16_t id : session.incoming) out.u16(id);
  out.u32(static_cast<std::uint32_t>(session.outgoing.size()));
  for (const auto& outgoing : session.outgoing) write_stored(outgoing, out);
  out.u8(session.will ? 1 : 0);
  if (session.will) records::write(*session.will, out);
  records::write(session.will_due, out);
  out.u32(static_cast<std::uint32_t>(session.readings.size()));
  for (const RetainedReading& reading : session.readings) {
    out.sized(reading.subscription());
    out.u64(reading.after());
    out.u64(reading.until());
  }
  return bytes;
}

Result<StoredSession> decode_session(ByteView bytes) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  if (version == 0 || version > kVersion) {
    return fail(Errc::corrupted, "stored session of an unknown version");
  }
  Principal principal = records::read_principal(in);
  SessionKey key = records::read_key(in);
  StoredSession session{std::move(principal), std::move(key), {}, {}, {}, {}, {}, {}, {}};
  session.expiry = std::chrono::seconds{in.i64()};
  const bool has_end = in.u8() == 1;
  const Timestamp ends{std::chrono::microseconds{in.i64()}};
  if (has_end) session.ends = ends;
  for (std::uint32_t left = std::min(in.u32(), kMaxItems); left != 0 && in.ok(); --left) {
    FASTNESS_ASSIGN_OR_RETURN(auto subscription, read_subscription(in));
    session.subscriptions.push_back(std::move(subscription));
  }
  for (std::uint32_t left = std::min(in.u32(), kMaxItems); left != 0 && in.ok(); --left) {
    session.incoming.push_back(in.u16());
  }
  for (std::uint32_t left = std::min(in.u32(), kMaxItems); left != 0 && in.ok(); --left) {
    session.outgoing.push_back(read_stored(in));
  }
  if (version > 1) {
    if (in.u8() == 1) session.will = records::read_testament(in);
    session.will_due = records::read_optional_time(in);
  }
  if (version > 2) {
    for (std::uint32_t left = std::min(in.u32(), kMaxItems); left != 0 && in.ok(); --left) {
      FASTNESS_ASSIGN_OR_RETURN(auto reading, read_reading(in));
      session.readings.push_back(std::move(reading));
    }
  }
  FASTNESS_RETURN_IF_ERROR(in.finish("stored session"));
  return session;
}

Bytes encode(const mqtt::Message& retained, const std::optional<SessionIdentity>& owner) {
  Bytes bytes;
  ByteWriter out(bytes);
  records::write(retained, out);
  records::write_owner(owner, out);
  return bytes;
}

Result<StoredRetained> decode_retained(ByteView bytes) {
  ByteReader in(bytes);
  StoredRetained retained{records::read_message(in), std::nullopt};
  retained.owner = records::read_owner(in);
  FASTNESS_RETURN_IF_ERROR(in.finish("retained message"));
  return retained;
}

void Snapshot::add(Snapshot other) {
  std::move(other.changed.begin(), other.changed.end(), std::back_inserter(changed));
  living.insert(living.end(), other.living.begin(), other.living.end());
  if (other.horizon) horizon = std::min(horizon.value_or(*other.horizon), *other.horizon);
}

}  // namespace fastness::gateway
