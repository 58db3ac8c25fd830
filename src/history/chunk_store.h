#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "history/point.h"
#include "keys/content_keys.h"
#include "storage/key_value_store.h"

namespace fastness::history {

// Days since 1970, UTC. A chunk has points of one day only, so that a range of time is a range of
// keys, and letting go of a day is one erasure.
using Day = std::int64_t;
[[nodiscard]] Day day_of(Timestamp time);
[[nodiscard]] Timestamp start_of(Day day);

// What names a stored chunk. `sequence` tells apart chunks that begin at one moment: it is the
// journal's position of the record that began the chunk, times 65,536, plus how many chunks that
// record began before.
struct ChunkId {
  Series series;
  Timestamp start;  // of its first point
  std::uint64_t sequence;

  friend auto operator<=>(const ChunkId&, const ChunkId&) = default;  // NOLINT: clang-tidy 14
};

// A stored chunk as a list shows it, without asking the vault.
//
// Of two chunks that have a point for one moment, the one with the higher `last_position` is right,
// also when they overlap because the journal was replayed after a crash: each has every point of
// its day from its first position to its last. Of two parts of one record, the later one is.
struct ChunkEntry {
  ChunkId id;
  std::uint64_t last_position;  // the journal's of the latest point to arrive
  Timestamp end;                // of its last point
  std::uint32_t count;
  Bytes sealed_hours;
};

// The chunks in the store: three values for each, sealed: its points, its roll-up by the hour and,
// where that is worth it, by the minute. The organisation's bytes are accounted by day.
// Thread-safe, but for the accounts: one change at a time.
class ChunkStore {
 public:
  [[nodiscard]] static std::vector<std::string> families();

  // `corrupted` if the accounts are damaged.
  [[nodiscard]] static Result<ChunkStore> open(storage::KeyValueStore& store,
                                               keys::ContentKeys& keys);

  // Changes to the store that happen together, with what they do to the accounts.
  class Changes {
   public:
    // Stores a chunk, replacing one of the same id; `encoded` is the points' compressed form.
    [[nodiscard]] Result<void> put(const ChunkId& id, std::uint64_t last_position,
                                   std::span<const Point> points, ByteView encoded);
    // Not an error if there is no such chunk.
    [[nodiscard]] Result<void> erase(const ChunkId& id);
    [[nodiscard]] std::size_t size_bytes() const { return batch_.size_bytes(); }

   private:
    friend class ChunkStore;
    explicit Changes(ChunkStore& store);
    void account(const ChunkId& id, std::int64_t bytes);
    [[nodiscard]] Result<void> discount(const ChunkId& id);

    ChunkStore& store_;
    storage::Batch batch_;
    std::map<std::pair<OrganisationId, Day>, std::int64_t> bytes_;
  };
  [[nodiscard]] Changes changes() { return Changes(*this); }
  // Survives a power cut on success.
  [[nodiscard]] Result<void> apply(Changes&& changes);

  // The chunks of one day, by start.
  [[nodiscard]] Result<std::vector<ChunkEntry>> list(const Series& series, Day day) const;
  // The nearest day with a chunk from `day` on, or before and including it.
  [[nodiscard]] Result<std::optional<Day>> next_day(const Series& series, Day day) const;
  [[nodiscard]] Result<std::optional<Day>> previous_day(const Series& series, Day day) const;

  // What a chunk holds now, which may be more than when it was listed; nothing if it was erased.
  [[nodiscard]] Result<std::vector<Point>> points(const ChunkEntry& listed) const;
  [[nodiscard]] Result<std::vector<Summary>> hours(const ChunkEntry& entry) const;
  // Nothing if the chunk has no roll-up by the minute: its points are as quick to read.
  [[nodiscard]] Result<std::optional<std::vector<Summary>>> minutes(const ChunkEntry& listed) const;

  // Erases a series, an organisation, or the days before `day` of every series of one.
  [[nodiscard]] Result<void> erase(const Series& series);
  [[nodiscard]] Result<void> erase(OrganisationId organisation);
  // Of the last, how many days had something.
  [[nodiscard]] Result<std::uint64_t> erase_before(OrganisationId organisation, Day day);

  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] std::uint64_t bytes(OrganisationId organisation) const;
  // The oldest day with chunks.
  [[nodiscard]] std::optional<Day> oldest_day(OrganisationId organisation) const;
  [[nodiscard]] std::vector<OrganisationId> organisations() const;

 private:
  struct Accounts {
    mutable std::mutex mutex;
    std::map<OrganisationId, std::map<Day, std::int64_t>> bytes;
  };

  ChunkStore(storage::KeyValueStore& store, keys::ContentKeys& keys);
  [[nodiscard]] Result<void> load_accounts();
  template <typename T, typename Read>
  [[nodiscard]] Result<T> read_current(ChunkEntry entry, const Read& read) const;
  [[nodiscard]] Result<std::optional<ChunkEntry>> find(const ChunkId& id) const;
  [[nodiscard]] Result<std::optional<Day>> day_at(const storage::Cursor& cursor) const;
  void erase_series_before(storage::Batch& batch, ByteView series_key, Day day) const;

  storage::KeyValueStore& store_;
  keys::ContentKeys& keys_;
  storage::Family points_;
  storage::Family hours_;
  storage::Family minutes_;
  storage::Family accounts_family_;
  std::unique_ptr<Accounts> accounts_;  // behind a pointer so that the store can be moved
};

}  // namespace fastness::history
