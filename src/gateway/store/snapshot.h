// What a checkpoint writes: plain values, made on a gateway loop, sealed and stored elsewhere.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids/ids.h"
#include "gateway/hosting/space.h"
#include "gateway/services.h"
#include "mqtt/message.h"

namespace fastness::gateway {

// Names one session or one retained message in the store: an opaque digest of its key or topic.
struct RowKey {
  enum class Kind : std::uint8_t { session = 1, retained = 2 };

  OrganisationId organisation;
  Kind kind;
  std::array<std::uint8_t, 16> digest;

  friend bool operator==(const RowKey&, const RowKey&) = default;
  friend auto operator<=>(const RowKey&, const RowKey&) = default;  // NOLINT: clang-tidy 14
};

[[nodiscard]] RowKey row_of(OrganisationId organisation, const SessionKey& key);
[[nodiscard]] RowKey row_of(OrganisationId organisation, std::string_view retained_topic);

// A session as it is stored: a durable one, or one with a last message.
struct StoredSession {
  Principal principal;
  SessionKey key;
  std::chrono::seconds expiry{0};
  std::optional<Timestamp> ends;
  std::vector<Subscription> subscriptions;
  std::vector<std::uint16_t> incoming;
  std::vector<mqtt::Session::Stored> outgoing;
  std::optional<Testament> will;
  std::optional<Timestamp> will_due;  // unset while connected
  std::vector<RetainedReading> readings = {};
};

[[nodiscard]] Bytes encode(const StoredSession& session);
// `corrupted` if the bytes are not what `encode` wrote.
[[nodiscard]] Result<StoredSession> decode_session(ByteView bytes);
[[nodiscard]] StoredSession stored(const Space& space, const ClientSession& session);

[[nodiscard]] Bytes encode(const mqtt::Message& retained,
                           const std::optional<SessionIdentity>& owner);
// `corrupted` if the bytes are not what `encode` wrote, today or before there were owners.
[[nodiscard]] Result<StoredRetained> decode_retained(ByteView bytes);

// The state of one shard, or of several put together.
struct Snapshot {
  struct Row {
    RowKey key;
    Bytes plain;
  };
  std::vector<Row> changed;
  std::vector<RowKey> living;          // every row there is, changed or not
  std::optional<LogPosition> horizon;  // see JournalBatch::horizon

  void add(Snapshot other);
};

}  // namespace fastness::gateway
