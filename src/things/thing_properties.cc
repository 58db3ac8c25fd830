// The properties of things: the second half of the class.

#include <algorithm>
#include <utility>

#include "things/changes.h"
#include "things/model/names.h"
#include "things/store/thing_store.h"
#include "things/things.h"

namespace fastness::things {
namespace {

Unexpected<Error> no_property() {
  return fail(Errc::not_found, "no such property");
}

bool is_hidden(const Property& property, Deleted deleted) {
  return deleted == Deleted::hidden && property.deleted_at.has_value();
}

template <typename Properties>
auto* find_in(Properties& properties, PropertyId id, Deleted deleted) {
  const auto found = std::ranges::find(properties, id, &Property::id);
  const bool is_there = found != properties.end() && !is_hidden(*found, deleted);
  return is_there ? &*found : nullptr;
}

void apply(PropertyChanges&& changes, PropertyDraft& draft) {
  take(std::move(changes.name), draft.name);
  take(std::move(changes.variable_name), draft.variable_name);
  take(std::move(changes.type), draft.type);
  take(std::move(changes.permission), draft.permission);
  take(std::move(changes.update_strategy), draft.update_strategy);
  take(std::move(changes.update_parameter), draft.update_parameter);
  take(std::move(changes.min_value), draft.min_value);
  take(std::move(changes.max_value), draft.max_value);
  take(std::move(changes.persist), draft.persist);
  take(std::move(changes.wire_id), draft.wire_id);
}

// Whether values of the one type may stand in the series of the other.
bool is_same_kind(const PropertyType& a, const PropertyType& b) {
  return a.kind == b.kind && a.attributes.data() == b.attributes.data();
}

Things::Change change_of_properties(const Thing& thing, std::vector<Things::Ended> ended) {
  const std::optional<DeviceId> device = thing.deleted_at ? std::nullopt : thing.device;
  return {Things::Change::Kind::properties, device, device, false, std::move(ended)};
}

}  // namespace

Result<void> Things::check_unique(const Entry& entry, const PropertyDraft& draft,
                                  std::optional<PropertyId> self) const {
  for (const Property& other : entry.properties) {
    if (other.deleted_at || other.id == self) continue;
    if (other.said.name == draft.name) {
      return fail(Errc::already_exists, "name: the thing has a property of that name");
    }
    if (other.said.variable_name == draft.variable_name) {
      return fail(Errc::already_exists, "variable_name: another property has it");
    }
    if (draft.wire_id && other.said.wire_id == draft.wire_id) {
      return fail(Errc::already_exists, "tag: another property has it");
    }
  }
  return {};
}

Result<Property> Things::create_property(OrganisationId organisation, ThingId thing,
                                         PropertyDraft draft) {
  Entry* found = entry(organisation, thing, Deleted::hidden);
  if (found == nullptr) return fail(Errc::not_found, "no such thing");
  if (found->properties.size() >= kMaxProperties) {
    return fail(Errc::exhausted, "the thing has as many properties as it may have");
  }
  if (draft.variable_name.empty()) {
    const std::string derived = variable_name_of(draft.name).substr(0, 60);
    draft.variable_name = derived;
    const auto is_taken = [&] {
      return std::ranges::any_of(found->properties, [&](const Property& other) {
        return !other.deleted_at && other.said.variable_name == draft.variable_name;
      });
    };
    for (int i = 2; is_taken(); ++i) draft.variable_name = derived + std::to_string(i);
  }
  FASTNESS_RETURN_IF_ERROR(check(draft));
  FASTNESS_RETURN_IF_ERROR(check_unique(*found, draft, {}));

  FASTNESS_ASSIGN_OR_RETURN(const SeriesId series, store_->next_series());
  const Timestamp now = clock_.now();
  Property property{
      PropertyId(random_uuid(random_)), thing, series, std::move(draft), now, now, {}};
  FASTNESS_RETURN_IF_ERROR(store_->put_property(property));
  thing_of_property_.emplace(property.id, thing);
  found->properties.push_back(property);
  publish(*found);
  tell(found->thing, change_of_properties(found->thing, {}));
  return property;
}

Result<void> Things::store_and_tell(Entry& entry, Property& current, Property next,
                                    std::vector<Ended> ended) {
  next.updated_at = clock_.now();
  FASTNESS_RETURN_IF_ERROR(store_->put_property(next));
  current = std::move(next);
  publish(entry);
  tell(entry.thing, change_of_properties(entry.thing, std::move(ended)));
  return {};
}

Result<Property> Things::update_property(OrganisationId organisation, ThingId thing, PropertyId id,
                                         PropertyChanges changes) {
  Entry* found = entry(organisation, thing, Deleted::hidden);
  Property* property = found == nullptr ? nullptr : find_in(found->properties, id, Deleted::hidden);
  if (property == nullptr) return no_property();
  Property next = *property;
  apply(std::move(changes), next.said);
  FASTNESS_RETURN_IF_ERROR(check(next.said));
  FASTNESS_RETURN_IF_ERROR(check_unique(*found, next.said, id));

  std::vector<Ended> ended;
  if (!is_same_kind(*property->said.type, *next.said.type)) {
    ended.push_back({id, property->series});
    FASTNESS_ASSIGN_OR_RETURN(next.series, store_->next_series());
  }
  FASTNESS_RETURN_IF_ERROR(store_and_tell(*found, *property, std::move(next), std::move(ended)));
  return *property;
}

Result<void> Things::remove_property(OrganisationId organisation, ThingId thing, PropertyId id,
                                     Removal removal) {
  Entry* found = entry(organisation, thing, Deleted::hidden);
  Property* property = found == nullptr ? nullptr : find_in(found->properties, id, Deleted::shown);
  if (property == nullptr) return no_property();
  if (removal == Removal::soft) {
    if (property->deleted_at) return {};
    Property next = *property;
    next.deleted_at = clock_.now();
    return store_and_tell(*found, *property, std::move(next), {});
  }
  FASTNESS_RETURN_IF_ERROR(store_->erase_property(id));
  const Ended ended{id, property->series};
  std::erase_if(found->properties, [id](const Property& other) { return other.id == id; });
  thing_of_property_.erase(id);
  publish(*found);
  tell(found->thing, change_of_properties(found->thing, {ended}));
  return {};
}

Result<Property> Things::restore_property(OrganisationId organisation, ThingId thing,
                                          PropertyId id) {
  Entry* found = entry(organisation, thing, Deleted::hidden);
  Property* property = found == nullptr ? nullptr : find_in(found->properties, id, Deleted::shown);
  if (property == nullptr) return no_property();
  if (!property->deleted_at) return *property;
  FASTNESS_RETURN_IF_ERROR(check_unique(*found, property->said, id));
  Property next = *property;
  next.deleted_at.reset();
  FASTNESS_RETURN_IF_ERROR(store_and_tell(*found, *property, std::move(next), {}));
  return *property;
}

const Property* Things::find_property(OrganisationId organisation, ThingId thing, PropertyId id,
                                      Deleted deleted) const {
  const Entry* found = entry(organisation, thing, deleted);
  return found == nullptr ? nullptr : find_in(found->properties, id, deleted);
}

const Property* Things::find_property(OrganisationId organisation, PropertyId id,
                                      Deleted deleted) const {
  const auto found = thing_of_property_.find(id);
  if (found == thing_of_property_.end()) return nullptr;
  return find_property(organisation, found->second, id, deleted);
}

std::vector<const Property*> Things::properties(OrganisationId organisation, ThingId thing,
                                                Deleted deleted) const {
  std::vector<const Property*> listed;
  const Entry* found = entry(organisation, thing, deleted);
  if (found == nullptr) return listed;
  for (const Property& property : found->properties) {
    if (!is_hidden(property, deleted)) listed.push_back(&property);
  }
  return listed;
}

// What gateway loops see.

std::shared_ptr<const ThingView> Things::view_of(const Entry& entry) const {
  if (entry.thing.deleted_at) return nullptr;
  std::vector<PropertyView> views;
  for (const Property& property : entry.properties) {
    if (property.deleted_at) continue;
    const PropertyDraft& said = property.said;
    views.push_back({property.id, property.series, said.name, said.variable_name, said.type,
                     said.permission, said.min_value, said.max_value, said.persist, said.wire_id});
  }
  return std::make_shared<const ThingView>(entry.thing, std::move(views));
}

std::optional<DeviceView> Things::view_of(OrganisationId organisation, DeviceId device,
                                          const ThingsSnapshot& snapshot) const {
  if (devices_.find(organisation, device) == nullptr) return std::nullopt;
  const Thing* thing = of_device(organisation, device);
  return DeviceView{organisation,
                    thing == nullptr ? nullptr : snapshot.thing(organisation, thing->id)};
}

void Things::publish(const Entry& entry, const std::optional<DeviceId>& device_before) {
  const OrganisationId organisation = entry.thing.organisation;
  auto next = published_.load()->with_thing(entry.thing.id, view_of(entry));
  for (const std::optional<DeviceId>& device : {device_before, entry.thing.device}) {
    if (device) next = next->with_device(*device, view_of(organisation, *device, *next));
  }
  published_.store(std::move(next));
}

void Things::publish_device(OrganisationId organisation, DeviceId device) {
  const auto current = published_.load();
  published_.store(current->with_device(device, view_of(organisation, device, *current)));
}

void Things::publish_all() {
  std::vector<std::shared_ptr<const ThingView>> views;
  for (const auto& [key, found] : things_) {
    if (auto view = view_of(found)) views.push_back(std::move(view));
  }
  published_.store(ThingsSnapshot::of(views, devices_.all()));
}

}  // namespace fastness::things
