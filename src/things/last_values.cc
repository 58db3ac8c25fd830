#include "things/last_values.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "keys/content_keys.h"
#include "storage/key_value_store.h"

namespace fastness::things {
namespace {

// A write batch of at most this size, so that a flush of everything stays small in memory.
constexpr std::size_t kMaxBatchBytes = 4U << 20U;

Bytes key_of(OrganisationId organisation, PropertyId property) {
  Bytes key = to_bytes(organisation.value().bytes());
  ByteWriter(key).raw(property.value().bytes());
  return key;
}

Bytes encode(const LastValue& last) {
  Bytes plain;
  ByteWriter out(plain);
  out.u8(1);  // version
  out.i64(last.time.time_since_epoch().count());
  out.i64(last.updated.time_since_epoch().count());
  out.u8(static_cast<std::uint8_t>(last.source));
  last.value.encode(out);
  return plain;
}

Result<LastValue> decode(ByteView plain) {
  ByteReader in(plain);
  if (in.u8() != 1) return fail(Errc::corrupted, "a last value of an unknown version");
  const Timestamp time{std::chrono::microseconds(in.i64())};
  const Timestamp updated{std::chrono::microseconds(in.i64())};
  const auto source = static_cast<Source>(in.u8());
  FASTNESS_ASSIGN_OR_RETURN(Value value, Value::decode(in));
  FASTNESS_RETURN_IF_ERROR(in.finish("last value"));
  return LastValue{std::move(value), time, updated, source};
}

// The newer attributes over the older ones. A composite that names all of them wins whole.
Value merge(const Value& older, const Value& newer) {
  const auto* base = older.get<Composite>();
  const auto* over = newer.get<Composite>();
  if (base == nullptr || over == nullptr) return newer;
  Composite merged = *over;
  for (const Attribute& attribute : *base) {
    if (std::ranges::find(*over, attribute.name, &Attribute::name) == over->end()) {
      merged.push_back(attribute);
    }
  }
  auto whole = Value::composite(std::move(merged));
  return whole ? *std::move(whole) : newer;  // more attributes than a value may have
}

bool is_asked_for(Source source) {
  return source != Source::device;
}

// Times of one clock are compared as they are. A board's clock and ours differ, so what it reports
// after a write is news although its time may be a little before the write's.
bool is_old_news(const Reading& reading, const LastValue& last) {
  if (is_asked_for(reading.source) == is_asked_for(last.source)) return reading.time < last.time;
  return reading.arrived < last.updated || reading.time < last.time - LastValues::kClockSkew;
}

}  // namespace

LastValues::LastValues(storage::KeyValueStore& store, keys::ContentKeys& keys)
    : store_(store), keys_(keys) {}

Result<LastValues::Loaded> LastValues::load() {
  Loaded loaded;
  auto at = store_.scan(store_.family(kFamily), {});
  for (; at.is_valid(); at.next()) {
    ByteReader in(at.key());
    Uuid::Bytes organisation{};
    Uuid::Bytes property{};
    in.copy_to(organisation);
    in.copy_to(property);
    FASTNESS_RETURN_IF_ERROR(in.finish("key of a last value"));
    const OrganisationId owner{Uuid(organisation)};
    const PropertyId id{Uuid(property)};
    auto plain = keys_.open({owner, keys::FieldId::last_value, id}, at.value());
    if (!plain) {
      if (plain.error().code == Errc::corrupted) return propagate(std::move(plain));
      ++loaded.unreadable;
      continue;
    }
    FASTNESS_ASSIGN_OR_RETURN(LastValue last, decode(*plain));
    values_.insert_or_assign(id, std::move(last));
    // Sealed again under today's key, so that the next start needs one unwrap and not one per day.
    dirty_.insert_or_assign(id, owner);
    ++loaded.values;
  }
  FASTNESS_RETURN_IF_ERROR(at.status());
  return loaded;
}

LastValues::Applied LastValues::apply(const Reading& reading) {
  const auto found = values_.find(reading.property);
  if (found == values_.end()) {
    values_.emplace(reading.property,
                    LastValue{reading.value, reading.time, reading.arrived, reading.source});
    dirty_.insert_or_assign(reading.property, reading.organisation);
    return {Outcome::news, reading.value};
  }
  LastValue& last = found->second;
  Value whole = merge(last.value, reading.value);
  const bool is_repeated = reading.time == last.time && reading.arrived == last.updated &&
                           reading.source == last.source && whole == last.value;
  if (is_repeated) return {Outcome::repeated, std::move(whole)};

  // A board's clock may be behind ours, so its echo counts whatever time it says.
  const bool is_echo = reading.source == Source::device && is_asked_for(last.source) &&
                       whole == last.value && reading.arrived >= last.updated &&
                       reading.arrived - last.updated <= kEchoWindow;
  if (!is_echo && is_old_news(reading, last)) return {Outcome::older, std::move(whole)};
  last = {whole, std::max(reading.time, last.time), reading.arrived, reading.source};
  dirty_.insert_or_assign(reading.property, reading.organisation);
  return {is_echo ? Outcome::confirmation : Outcome::news, std::move(whole)};
}

const LastValue* LastValues::find(PropertyId property) const {
  const auto found = values_.find(property);
  return found == values_.end() ? nullptr : &found->second;
}

Result<void> LastValues::forget(OrganisationId organisation, PropertyId property) {
  values_.erase(property);
  dirty_.erase(property);
  return store_.erase(store_.family(kFamily), key_of(organisation, property));
}

Result<void> LastValues::flush() {
  const storage::Family family = store_.family(kFamily);
  while (!dirty_.empty()) {
    storage::Batch batch = store_.batch();
    std::vector<PropertyId> erased;  // with their organisation: nothing of it is kept
    auto end = dirty_.begin();
    for (; end != dirty_.end() && batch.size_bytes() < kMaxBatchBytes; ++end) {
      const auto& [property, organisation] = *end;
      const auto sealed = keys_.seal({organisation, keys::FieldId::last_value, property},
                                     encode(values_.at(property)));
      if (!sealed && sealed.error().code != Errc::not_found) {
        return Unexpected<Error>{sealed.error()};
      }
      if (sealed) {
        batch.put(family, key_of(organisation, property), *sealed);
      } else {
        erased.push_back(property);
        batch.erase(family, key_of(organisation, property));
      }
    }
    FASTNESS_RETURN_IF_ERROR(store_.write(batch, storage::Durability::synced));
    dirty_.erase(dirty_.begin(), end);
    for (const PropertyId property : erased) values_.erase(property);
  }
  return {};
}

}  // namespace fastness::things
