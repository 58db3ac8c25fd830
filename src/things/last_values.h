#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "base/value.h"
#include "things/model/reading.h"

namespace fastness::storage {
class KeyValueStore;
}
namespace fastness::keys {
class ContentKeys;
}

namespace fastness::things {

// The newest value of one property.
struct LastValue {
  Value value;
  Timestamp time;     // when it was so
  Timestamp updated;  // when we heard of it
  Source source;      // `device` also once a board has confirmed what a user or the API asked for

  friend bool operator==(const LastValue&, const LastValue&) = default;
};

// The newest value of every property: in memory, and sealed on disk. Lives on the control thread.
//
// The journal is what makes values durable. `flush` writes what changed since the last flush; a
// crash before it is repaired by replaying the journal, because `apply` is idempotent.
class LastValues {
 public:
  // What `apply` made of a reading.
  enum class Outcome : std::uint8_t {
    news,          // it is the last value now
    confirmation,  // a board echoed what a user or the API had asked for: nothing new to keep
    older,         // back-fill: history wants it, the last value stays
    repeated,      // exactly this reading was applied before
  };
  struct Applied {
    Outcome outcome;
    Value value;  // whole: attributes that a partial composite lacks come from the last value
  };

  // The family that the store must have.
  static constexpr std::string_view kFamily = "last_values";

  // A board's echo counts as a confirmation for this long.
  static constexpr std::chrono::seconds kEchoWindow{30};

  // How far a board's clock may be behind ours before its reports count as back-fill of what was
  // before a write.
  static constexpr std::chrono::seconds kClockSkew{60};

  LastValues(storage::KeyValueStore& store, keys::ContentKeys& keys);

  // Reads and opens all stored values. One that fails its checks is `corrupted`. One that cannot
  // be opened now, because it was erased or the vault refuses, is counted and left alone.
  struct Loaded {
    std::size_t values = 0;
    std::size_t unreadable = 0;
  };
  [[nodiscard]] Result<Loaded> load();

  [[nodiscard]] Applied apply(const Reading& reading);

  // Null if the property never had a value. Good until the next `apply` or `forget`.
  [[nodiscard]] const LastValue* find(PropertyId property) const;

  // Forgets a property that was removed for good.
  [[nodiscard]] Result<void> forget(OrganisationId organisation, PropertyId property);

  // Seals and writes what changed. On failure nothing is lost: the next flush tries again. Values
  // whose organisation was erased are forgotten, here and on disk.
  [[nodiscard]] Result<void> flush();
  [[nodiscard]] std::size_t unflushed() const { return dirty_.size(); }

 private:
  storage::KeyValueStore& store_;
  keys::ContentKeys& keys_;
  std::unordered_map<PropertyId, LastValue> values_;
  std::map<PropertyId, OrganisationId> dirty_;
};

}  // namespace fastness::things
