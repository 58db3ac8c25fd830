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
#include "gateway/hosting/client_session.h"
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

// A durable session as it is stored.
struct StoredSession {
  Principal principal;
  SessionKey key;
  std::chrono::seconds expiry{0};
  std::optional<Timestamp> ends;
  std::vector<std::pair<std::string, Subscription>> subscriptions;
  std::vector<std::uint16_t> incoming;
  std::vector<mqtt::Session::Stored> outgoing;
};

[[nodiscard]] Bytes encode(const StoredSession& session);
// `corrupted` if the bytes are not what `encode` wrote.
[[nodiscard]] Result<StoredSession> decode_session(ByteView bytes);
[[nodiscard]] StoredSession stored(const ClientSession& session);

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
