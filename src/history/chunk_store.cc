#include "history/chunk_store.h"

#include <algorithm>
#include <limits>

#include "history/codec/chunk_codec.h"
#include "history/rollup.h"

namespace fastness::history {
namespace {

constexpr std::chrono::seconds kMinute{60};
constexpr std::chrono::seconds kHour{3600};
// A roll-up by the minute is kept if it stands for so many times more points.
constexpr std::size_t kWorthwhile = 4;
constexpr std::size_t kSeriesKey = 16 + 8;

// Signed numbers in an order that keys keep.
void put_ordered(ByteWriter& out, std::int64_t value) {
  out.u64(static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63U));
}
std::int64_t get_ordered(ByteReader& in) {
  return static_cast<std::int64_t>(in.u64() ^ (std::uint64_t{1} << 63U));
}

std::int64_t micros(Timestamp time) {
  return time.time_since_epoch().count();
}

Bytes series_key(const Series& series) {
  Bytes key;
  ByteWriter out(key);
  out.raw(series.organisation.value().bytes());
  out.u64(series.id.value());
  return key;
}

Bytes time_key(ByteView series, Timestamp start) {
  Bytes key = to_bytes(series);
  ByteWriter out(key);
  put_ordered(out, micros(start));
  return key;
}

Bytes chunk_key(const ChunkId& id) {
  Bytes key = time_key(series_key(id.series), id.start);
  ByteWriter(key).u64(id.sequence);
  return key;
}

Bytes account_key(OrganisationId organisation, Day day) {
  Bytes key = to_bytes(organisation.value().bytes());
  ByteWriter out(key);
  put_ordered(out, day);
  return key;
}

// Everything that a list shows is bound to what is sealed: an entry that was tampered with does
// not open.
keys::Address address_of(const ChunkEntry& entry, keys::FieldId field) {
  Bytes row;
  ByteWriter out(row);
  out.u64(entry.id.series.id.value());
  out.i64(micros(entry.id.start));
  out.u64(entry.id.sequence);
  out.u64(entry.last_position);
  out.i64(micros(entry.end));
  out.u32(entry.count);
  return {entry.id.series.organisation, field, keys::RowId(row)};
}

Result<ChunkEntry> entry_at(const Series& series, const storage::Cursor& cursor) {
  ByteReader key(cursor.key().subspan(kSeriesKey));
  ByteReader value(cursor.value());
  ChunkEntry entry{{series, {}, 0}, 0, {}, 0, {}};
  entry.id.start = Timestamp(std::chrono::microseconds(get_ordered(key)));
  entry.id.sequence = key.u64();
  entry.last_position = value.u64();
  entry.end = Timestamp(std::chrono::microseconds(value.i64()));
  entry.count = value.u32();
  entry.sealed_hours = to_bytes(value.rest());
  if (!key.ok() || !value.ok()) return fail(Errc::corrupted, "an entry of history is cut short");
  return entry;
}

}  // namespace

Day day_of(Timestamp time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

Timestamp start_of(Day day) {
  return Timestamp(std::chrono::days(day));
}

std::vector<std::string> ChunkStore::families() {
  return {"history_points", "history_hours", "history_minutes", "history_accounts"};
}

ChunkStore::ChunkStore(storage::KeyValueStore& store, keys::ContentKeys& keys)
    : store_(store),
      keys_(keys),
      points_(store.family("history_points")),
      hours_(store.family("history_hours")),
      minutes_(store.family("history_minutes")),
      accounts_family_(store.family("history_accounts")),
      accounts_(std::make_unique<Accounts>()) {}

Result<ChunkStore> ChunkStore::open(storage::KeyValueStore& store, keys::ContentKeys& keys) {
  ChunkStore chunks(store, keys);
  FASTNESS_RETURN_IF_ERROR(chunks.load_accounts());
  return chunks;
}

Result<void> ChunkStore::load_accounts() {
  storage::Cursor at = store_.scan(accounts_family_, {});
  for (; at.is_valid(); at.next()) {
    ByteReader key(at.key());
    Uuid::Bytes organisation{};
    key.copy_to(organisation);
    const Day day = get_ordered(key);
    ByteReader value(at.value());
    const std::int64_t bytes = value.i64();
    FASTNESS_RETURN_IF_ERROR(key.finish("history account"));
    FASTNESS_RETURN_IF_ERROR(value.finish("history account"));
    accounts_->bytes[OrganisationId(Uuid(organisation))][day] = bytes;
  }
  return at.status();
}

ChunkStore::Changes::Changes(ChunkStore& store) : store_(store), batch_(store.store_.batch()) {}

void ChunkStore::Changes::account(const ChunkId& id, std::int64_t bytes) {
  bytes_[{id.series.organisation, day_of(id.start)}] += bytes;
}

// Takes what is stored under this id now off the accounts.
Result<void> ChunkStore::Changes::discount(const ChunkId& id) {
  const Bytes key = chunk_key(id);
  for (const storage::Family family : {store_.points_, store_.hours_, store_.minutes_}) {
    FASTNESS_ASSIGN_OR_RETURN(const auto value, store_.store_.get(family, key));
    if (value) account(id, -static_cast<std::int64_t>(key.size() + value->size()));
  }
  return {};
}

Result<void> ChunkStore::Changes::put(const ChunkId& id, std::uint64_t last_position,
                                      std::span<const Point> points, ByteView encoded) {
  FASTNESS_RETURN_IF_ERROR(erase(id));
  const Bytes key = chunk_key(id);
  const ChunkEntry entry{
      id, last_position, points.back().time, static_cast<std::uint32_t>(points.size()), {}};
  const auto add = [&](storage::Family family, keys::FieldId field, ByteView head,
                       ByteView plain) -> Result<void> {
    Bytes value = to_bytes(head);
    FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                              store_.keys_.seal(address_of(entry, field), plain));
    value.insert(value.end(), sealed.begin(), sealed.end());
    batch_.put(family, key, value);
    account(id, static_cast<std::int64_t>(key.size() + value.size()));
    return {};
  };

  FASTNESS_RETURN_IF_ERROR(add(store_.points_, keys::FieldId::history_points, {}, encoded));
  const std::vector<Summary> minutes = summarise_points(points, kMinute);
  const std::vector<Summary> hours = coarsen(minutes, kHour);
  Bytes head;
  ByteWriter out(head);
  out.u64(entry.last_position);
  out.i64(micros(entry.end));
  out.u32(entry.count);
  FASTNESS_RETURN_IF_ERROR(
      add(store_.hours_, keys::FieldId::history_hours, head, encode_summaries(hours, kHour)));
  if (points.size() < kWorthwhile * minutes.size()) return {};
  return add(store_.minutes_, keys::FieldId::history_minutes, {},
             encode_summaries(minutes, kMinute));
}

Result<void> ChunkStore::Changes::erase(const ChunkId& id) {
  const Bytes key = chunk_key(id);
  batch_.erase(store_.points_, key);
  batch_.erase(store_.hours_, key);
  batch_.erase(store_.minutes_, key);
  return discount(id);
}

Result<void> ChunkStore::apply(Changes&& changes) {
  Changes taken = std::move(changes);
  const std::lock_guard lock(accounts_->mutex);
  for (const auto& [owner, change] : taken.bytes_) {
    const auto& [organisation, day] = owner;
    const auto days = accounts_->bytes.find(organisation);
    const bool is_known = days != accounts_->bytes.end() && days->second.contains(day);
    Bytes value;
    ByteWriter(value).i64((is_known ? days->second.at(day) : 0) + change);
    taken.batch_.put(accounts_family_, account_key(organisation, day), value);
  }
  FASTNESS_RETURN_IF_ERROR(store_.write(taken.batch_, storage::Durability::synced));
  for (const auto& [owner, change] : taken.bytes_) {
    accounts_->bytes[owner.first][owner.second] += change;
  }
  return {};
}

Result<std::vector<ChunkEntry>> ChunkStore::list(const Series& series, Day day) const {
  const Bytes prefix = series_key(series);
  std::vector<ChunkEntry> entries;
  storage::Cursor at = store_.scan_range(hours_, time_key(prefix, start_of(day)),
                                         time_key(prefix, start_of(day + 1)));
  for (; at.is_valid(); at.next()) {
    FASTNESS_ASSIGN_OR_RETURN(ChunkEntry entry, entry_at(series, at));
    entries.push_back(std::move(entry));
  }
  FASTNESS_RETURN_IF_ERROR(at.status());
  return entries;
}

Result<std::optional<ChunkEntry>> ChunkStore::find(const ChunkId& id) const {
  storage::Cursor at = store_.scan(hours_, chunk_key(id));
  FASTNESS_RETURN_IF_ERROR(at.status());
  if (!at.is_valid()) return std::optional<ChunkEntry>();
  FASTNESS_ASSIGN_OR_RETURN(ChunkEntry entry, entry_at(id.series, at));
  return std::optional(std::move(entry));
}

Result<std::optional<Day>> ChunkStore::day_at(const storage::Cursor& cursor) const {
  FASTNESS_RETURN_IF_ERROR(cursor.status());
  if (!cursor.is_valid()) return std::optional<Day>();
  ByteReader key(cursor.key().subspan(kSeriesKey));
  const Timestamp start{std::chrono::microseconds(get_ordered(key))};
  if (!key.ok()) return fail(Errc::corrupted, "a key of history is cut short");
  return std::optional<Day>(day_of(start));
}

Result<std::optional<Day>> ChunkStore::next_day(const Series& series, Day day) const {
  const Bytes prefix = series_key(series);
  storage::Cursor at = store_.scan(hours_, prefix);
  at.seek(time_key(prefix, start_of(day)));
  return day_at(at);
}

Result<std::optional<Day>> ChunkStore::previous_day(const Series& series, Day day) const {
  const Bytes prefix = series_key(series);
  storage::Cursor at = store_.scan(hours_, prefix);
  at.seek_for_previous(time_key(prefix, start_of(day + 1)));  // no chunk is called so: no sequence
  return day_at(at);
}

// A checkpoint may replace a chunk between its listing and its reading, and then what is read is
// not sealed for what was listed. The one that is there now has every point of the other.
template <typename T, typename Read>
Result<T> ChunkStore::read_current(ChunkEntry entry, const Read& read) const {
  for (;;) {
    Result<T> found = read(entry);
    if (found || found.error().code != Errc::corrupted) return found;
    FASTNESS_ASSIGN_OR_RETURN(std::optional<ChunkEntry> current, find(entry.id));
    if (!current) return T();  // erased meanwhile
    const bool is_unchanged = current->last_position == entry.last_position &&
                              current->end == entry.end && current->count == entry.count;
    if (is_unchanged) return found;
    entry = *std::move(current);
  }
}

Result<std::vector<Point>> ChunkStore::points(const ChunkEntry& listed) const {
  using Points = std::vector<Point>;
  return read_current<Points>(listed, [this](const ChunkEntry& entry) -> Result<Points> {
    FASTNESS_ASSIGN_OR_RETURN(const auto sealed, store_.get(points_, chunk_key(entry.id)));
    if (!sealed) return fail(Errc::corrupted, "a chunk of history is missing its points");
    FASTNESS_ASSIGN_OR_RETURN(
        const Bytes plain, keys_.open(address_of(entry, keys::FieldId::history_points), *sealed));
    return decode_chunk(plain);
  });
}

Result<std::vector<Summary>> ChunkStore::hours(const ChunkEntry& entry) const {
  FASTNESS_ASSIGN_OR_RETURN(
      const Bytes plain,
      keys_.open(address_of(entry, keys::FieldId::history_hours), entry.sealed_hours));
  return decode_summaries(plain);
}

Result<std::optional<std::vector<Summary>>> ChunkStore::minutes(const ChunkEntry& listed) const {
  using Minutes = std::optional<std::vector<Summary>>;
  return read_current<Minutes>(listed, [this](const ChunkEntry& entry) -> Result<Minutes> {
    FASTNESS_ASSIGN_OR_RETURN(const auto sealed, store_.get(minutes_, chunk_key(entry.id)));
    if (!sealed) return Minutes();
    FASTNESS_ASSIGN_OR_RETURN(
        const Bytes plain, keys_.open(address_of(entry, keys::FieldId::history_minutes), *sealed));
    FASTNESS_ASSIGN_OR_RETURN(std::vector<Summary> summaries, decode_summaries(plain));
    return Minutes(std::move(summaries));
  });
}

void ChunkStore::erase_series_before(storage::Batch& batch, ByteView series, Day day) const {
  const Bytes from = time_key(series, Timestamp::min());
  const Bytes to = time_key(series, start_of(day));
  for (const storage::Family family : {points_, hours_, minutes_}) {
    batch.erase_range(family, from, to);
  }
}

Result<void> ChunkStore::erase(const Series& series) {
  // The accounts need to know what goes, day by day.
  std::map<Day, std::int64_t> freed;
  const Bytes key = series_key(series);
  for (const storage::Family family : {points_, hours_, minutes_}) {
    storage::Cursor at = store_.scan(family, key);
    for (; at.is_valid(); at.next()) {
      FASTNESS_ASSIGN_OR_RETURN(const std::optional<Day> day, day_at(at));
      freed[*day] += static_cast<std::int64_t>(at.key().size() + at.value().size());
    }
    FASTNESS_RETURN_IF_ERROR(at.status());
  }
  Changes gone = changes();
  for (const storage::Family family : {points_, hours_, minutes_}) {
    gone.batch_.erase_prefix(family, key);
  }
  for (const auto& [day, bytes] : freed) gone.bytes_[{series.organisation, day}] -= bytes;
  return apply(std::move(gone));
}

Result<void> ChunkStore::erase(OrganisationId organisation) {
  storage::Batch batch = store_.batch();
  for (const storage::Family family : {points_, hours_, minutes_, accounts_family_}) {
    batch.erase_prefix(family, organisation.value().bytes());
  }
  const std::lock_guard lock(accounts_->mutex);
  FASTNESS_RETURN_IF_ERROR(store_.write(batch, storage::Durability::synced));
  accounts_->bytes.erase(organisation);
  return {};
}

Result<std::uint64_t> ChunkStore::erase_before(OrganisationId organisation, Day day) {
  storage::Batch batch = store_.batch();
  storage::Cursor at = store_.scan(hours_, organisation.value().bytes());
  while (at.is_valid()) {
    const Bytes series = to_bytes(at.key().first(kSeriesKey));
    erase_series_before(batch, series, day);
    at.seek(storage::after_prefix(series));
  }
  FASTNESS_RETURN_IF_ERROR(at.status());
  batch.erase_range(accounts_family_, account_key(organisation, std::numeric_limits<Day>::min()),
                    account_key(organisation, day));
  const std::lock_guard lock(accounts_->mutex);
  FASTNESS_RETURN_IF_ERROR(store_.write(batch, storage::Durability::synced));
  auto& days = accounts_->bytes[organisation];
  const auto end = days.lower_bound(day);
  const auto gone = static_cast<std::uint64_t>(std::distance(days.begin(), end));
  days.erase(days.begin(), end);
  return gone;
}

std::uint64_t ChunkStore::bytes(OrganisationId organisation) const {
  const std::lock_guard lock(accounts_->mutex);
  const auto days = accounts_->bytes.find(organisation);
  if (days == accounts_->bytes.end()) return 0;
  std::int64_t sum = 0;
  for (const auto& [day, bytes] : days->second) sum += bytes;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(sum, 0));
}

std::uint64_t ChunkStore::bytes() const {
  std::uint64_t sum = 0;
  for (const OrganisationId organisation : organisations()) sum += bytes(organisation);
  return sum;
}

std::optional<Day> ChunkStore::oldest_day(OrganisationId organisation) const {
  const std::lock_guard lock(accounts_->mutex);
  const auto days = accounts_->bytes.find(organisation);
  if (days == accounts_->bytes.end()) return std::nullopt;
  for (const auto& [day, bytes] : days->second) {
    if (bytes > 0) return day;
  }
  return std::nullopt;
}

std::vector<OrganisationId> ChunkStore::organisations() const {
  const std::lock_guard lock(accounts_->mutex);
  std::vector<OrganisationId> organisations;
  for (const auto& [organisation, days] : accounts_->bytes) organisations.push_back(organisation);
  return organisations;
}

}  // namespace fastness::history
