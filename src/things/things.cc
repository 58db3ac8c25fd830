#include "things/things.h"

#include <algorithm>
#include <utility>

#include "things/changes.h"
#include "things/model/names.h"
#include "things/store/thing_store.h"

namespace fastness::things {
namespace {

using Kind = Things::Change::Kind;

Unexpected<Error> no_thing() {
  return fail(Errc::not_found, "no such thing");
}

template <typename T>
bool is_hidden(const T& row, Deleted deleted) {
  return deleted == Deleted::hidden && row.deleted_at.has_value();
}

}  // namespace

Things::Things(std::unique_ptr<ThingStore> store, Devices& devices, const Clock& clock,
               Random& random)
    : store_(std::move(store)),
      devices_(devices),
      clock_(clock),
      random_(random),
      published_(std::make_shared<const ThingsSnapshot>()) {}
Things::~Things() = default;

Result<std::unique_ptr<Things>> Things::open(storage::Database& database, Devices& devices,
                                             const Clock& clock, Random& random) {
  FASTNESS_ASSIGN_OR_RETURN(ThingStore store, ThingStore::open(database));
  std::unique_ptr<Things> things(
      new Things(std::make_unique<ThingStore>(std::move(store)), devices, clock, random));
  FASTNESS_RETURN_IF_ERROR(things->load());
  devices.on_change([self = things.get()](const Device& device, Devices::Change change) {
    self->follow(device, change);
  });
  return things;
}

Result<void> Things::load() {
  FASTNESS_ASSIGN_OR_RETURN(auto stored, store_->load());
  std::map<ThingId, Entry*> by_id;
  for (Thing& thing : stored) {
    if (thing.device && !thing.deleted_at) thing_of_.emplace(*thing.device, thing.id);
    const Key key{thing.organisation, thing.id};
    const auto at = things_.emplace(key, Entry{std::move(thing), {}}).first;
    by_id.emplace(at->second.thing.id, &at->second);
  }
  FASTNESS_ASSIGN_OR_RETURN(auto properties, store_->load_properties());
  for (Property& property : properties) {
    thing_of_property_.emplace(property.id, property.thing);
    by_id.at(property.thing)->properties.push_back(std::move(property));
  }
  publish_all();
  return {};
}

Result<Thing> Things::create(OrganisationId organisation, std::optional<UserId> by,
                             ThingDraft draft) {
  const ThingId id(random_uuid(random_));
  if (draft.name.empty()) draft.name = "Thing " + id.value().to_text().substr(0, 8);
  FASTNESS_RETURN_IF_ERROR(check(draft));

  const Timestamp now = clock_.now();
  Thing thing{id, organisation, by, std::move(draft), {}, now, now, {}};
  FASTNESS_RETURN_IF_ERROR(store_->put(thing));
  const Entry& stored =
      things_.emplace(Key{organisation, id}, Entry{std::move(thing), {}}).first->second;
  publish(stored);
  tell(stored.thing, {Kind::created});
  return stored.thing;
}

// A deleted thing keeps its device in the record only.
std::optional<DeviceId> Things::device_of(const Thing& thing) {
  return thing.deleted_at ? std::nullopt : thing.device;
}

Result<void> Things::store_and_tell(Entry& entry, Thing next, Change::Kind kind) {
  next.updated_at = clock_.now();
  FASTNESS_RETURN_IF_ERROR(store_->put(next));
  const Change change{kind, device_of(entry.thing), device_of(next),
                      entry.thing.said.timezone != next.said.timezone};
  if (change.device_before) thing_of_.erase(*change.device_before);
  if (change.device_after) thing_of_.insert_or_assign(*change.device_after, next.id);
  entry.thing = std::move(next);
  publish(entry, change.device_before);
  tell(entry.thing, change);
  return {};
}

Result<Thing> Things::update(OrganisationId organisation, ThingId id, ThingChanges changes) {
  Entry* found = entry(organisation, id, Deleted::hidden);
  if (found == nullptr) return no_thing();
  Thing next = found->thing;
  take(std::move(changes.name), next.said.name);
  take(std::move(changes.timezone), next.said.timezone);
  take(std::move(changes.webhook_uri), next.said.webhook_uri);
  take(std::move(changes.webhook_active), next.said.webhook_active);
  take(std::move(changes.assistant), next.said.assistant);
  take(std::move(changes.tags), next.said.tags);
  FASTNESS_RETURN_IF_ERROR(check(next.said));
  FASTNESS_RETURN_IF_ERROR(store_and_tell(*found, std::move(next), Kind::updated));
  return found->thing;
}

Result<void> Things::remove(OrganisationId organisation, ThingId id, Removal removal) {
  Entry* found = entry(organisation, id, Deleted::shown);
  if (found == nullptr) return no_thing();
  if (removal == Removal::soft) {
    if (found->thing.deleted_at) return {};
    Thing next = found->thing;
    next.deleted_at = clock_.now();
    return store_and_tell(*found, std::move(next), Kind::deleted);
  }
  FASTNESS_RETURN_IF_ERROR(store_->erase(id));
  Entry gone = std::move(things_.extract(Key{organisation, id}).mapped());
  Change change{Kind::removed, device_of(gone.thing)};
  for (const Property& property : gone.properties) {
    thing_of_property_.erase(property.id);
    change.ended.push_back({property.id, property.series});
  }
  if (change.device_before) thing_of_.erase(*change.device_before);
  gone.thing.deleted_at = clock_.now();
  publish(gone);
  tell(gone.thing, change);
  return {};
}

Result<Thing> Things::restore(OrganisationId organisation, ThingId id) {
  Entry* found = entry(organisation, id, Deleted::shown);
  if (found == nullptr) return no_thing();
  if (!found->thing.deleted_at) return found->thing;
  Thing next = found->thing;
  next.deleted_at.reset();
  if (next.device && thing_of_.contains(*next.device)) {
    return fail(Errc::already_exists, "device_id: its device has another thing now");
  }
  if (next.device && devices_.find(organisation, *next.device, Deleted::shown) == nullptr) {
    next.device.reset();
  }
  FASTNESS_RETURN_IF_ERROR(store_and_tell(*found, std::move(next), Kind::restored));
  return found->thing;
}

const Thing* Things::find(OrganisationId organisation, ThingId id, Deleted deleted) const {
  const Entry* found = entry(organisation, id, deleted);
  return found == nullptr ? nullptr : &found->thing;
}

Things::Entry* Things::entry(OrganisationId organisation, ThingId id, Deleted deleted) {
  return const_cast<Entry*>(std::as_const(*this).entry(organisation, id, deleted));
}

const Things::Entry* Things::entry(OrganisationId organisation, ThingId id, Deleted deleted) const {
  const auto found = things_.find(Key{organisation, id});
  if (found == things_.end() || is_hidden(found->second.thing, deleted)) return nullptr;
  return &found->second;
}

std::vector<const Thing*> Things::list(OrganisationId organisation, Deleted deleted,
                                       const Tags& tags) const {
  std::vector<const Thing*> listed;
  for (auto at = things_.lower_bound(Key{organisation, ThingId(Uuid(Uuid::Bytes{}))});
       at != things_.end() && at->first.organisation == organisation; ++at) {
    const Thing& thing = at->second.thing;
    if (!is_hidden(thing, deleted) && has_tags(thing.said.tags, tags)) listed.push_back(&thing);
  }
  return listed;
}

const Thing* Things::of_device(OrganisationId organisation, DeviceId device) const {
  const auto found = thing_of_.find(device);
  return found == thing_of_.end() ? nullptr : find(organisation, found->second);
}

// Moves `device` from `other` to `entry` in one transaction.
Result<void> Things::take_from(Entry& other, Entry& entry, DeviceId device) {
  Thing loser = other.thing;
  Thing winner = entry.thing;
  loser.device.reset();
  winner.device = device;
  loser.updated_at = winner.updated_at = clock_.now();
  FASTNESS_RETURN_IF_ERROR(store_->put(winner, &loser));

  const std::optional<DeviceId> before = entry.thing.device;
  if (before) thing_of_.erase(*before);
  other.thing = std::move(loser);
  entry.thing = std::move(winner);
  thing_of_.insert_or_assign(device, entry.thing.id);
  publish(other);
  publish(entry, before);
  tell(other.thing, {Kind::attachment, device});
  tell(entry.thing, {Kind::attachment, before, device});
  return {};
}

Result<Thing> Things::attach(OrganisationId organisation, ThingId id, DeviceId device,
                             Attach attach) {
  Entry* found = entry(organisation, id, Deleted::hidden);
  if (found == nullptr) return no_thing();
  if (devices_.find(organisation, device) == nullptr) {
    return fail(Errc::not_found, "no such device");
  }
  if (found->thing.device == device) return found->thing;
  if (const Thing* other = of_device(organisation, device); other != nullptr) {
    if (attach == Attach::if_free) {
      return fail(Errc::already_exists, "device_id: the device has another thing");
    }
    Entry* loser = entry(organisation, other->id, Deleted::hidden);
    FASTNESS_RETURN_IF_ERROR(take_from(*loser, *found, device));
    return found->thing;
  }
  Thing next = found->thing;
  next.device = device;
  FASTNESS_RETURN_IF_ERROR(store_and_tell(*found, std::move(next), Kind::attachment));
  return found->thing;
}

Result<Thing> Things::detach(OrganisationId organisation, ThingId id) {
  Entry* found = entry(organisation, id, Deleted::hidden);
  if (found == nullptr) return no_thing();
  if (!found->thing.device) return found->thing;
  Thing next = found->thing;
  next.device.reset();
  FASTNESS_RETURN_IF_ERROR(store_and_tell(*found, std::move(next), Kind::attachment));
  return found->thing;
}

Result<void> Things::set_tag(OrganisationId organisation, ThingId id, std::string key,
                             std::string value) {
  Entry* found = entry(organisation, id, Deleted::hidden);
  if (found == nullptr) return no_thing();
  FASTNESS_RETURN_IF_ERROR(check_tag(key, value));
  Thing next = found->thing;
  next.said.tags.insert_or_assign(std::move(key), std::move(value));
  FASTNESS_RETURN_IF_ERROR(check(next.said));
  return store_and_tell(*found, std::move(next), Kind::updated);
}

Result<void> Things::remove_tag(OrganisationId organisation, ThingId id, std::string_view key) {
  Entry* found = entry(organisation, id, Deleted::hidden);
  if (found == nullptr) return no_thing();
  Thing next = found->thing;
  const auto tag = next.said.tags.find(key);
  if (tag == next.said.tags.end()) return fail(Errc::not_found, "no such tag");
  next.said.tags.erase(tag);
  return store_and_tell(*found, std::move(next), Kind::updated);
}

// Followed even for organisations' deleted things: a device removed for good leaves no trace.
void Things::follow(const Device& device, Devices::Change change) {
  if (change == Devices::Change::connection || change == Devices::Change::updated) return;
  if (change == Devices::Change::removed) {
    for (auto& [key, found] : things_) {
      if (key.organisation != device.organisation || found.thing.device != device.id) continue;
      Thing next = found.thing;
      next.device.reset();
      // If this fails, the record names a device that does not exist, which harms nobody.
      static_cast<void>(store_and_tell(found, std::move(next), Kind::attachment));
    }
  }
  publish_device(device.organisation, device.id);
}

void Things::tell(const Thing& thing, const Change& change) const {
  for (const OnChange& listener : listeners_) listener(thing, change);
}

}  // namespace fastness::things
