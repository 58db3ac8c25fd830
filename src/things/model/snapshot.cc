#include "things/model/snapshot.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace fastness::things {
namespace {

template <typename Id, std::size_t kShards>
std::size_t index_of(Id id) {
  return std::hash<Id>{}(id) % kShards;
}

}  // namespace

ThingView::ThingView(const Thing& thing, std::vector<PropertyView> properties)
    : id_(thing.id),
      organisation_(thing.organisation),
      name_(thing.said.name),
      timezone_(thing.said.timezone),
      device_(thing.device),
      properties_(std::move(properties)) {
  std::ranges::sort(properties_, {}, &PropertyView::variable_name);
  for (std::uint32_t i = 0; i < properties_.size(); ++i) by_name_.push_back(i);
  std::ranges::sort(by_name_, {},
                    [this](std::uint32_t i) -> const std::string& { return properties_[i].name; });
}

const PropertyView* ThingView::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(properties_, name, {}, &PropertyView::variable_name);
  if (found != properties_.end() && found->variable_name == name) return &*found;

  const auto index = std::ranges::lower_bound(by_name_, name, {}, [this](std::uint32_t i) {
    return std::string_view(properties_[i].name);
  });
  if (index == by_name_.end() || properties_[*index].name != name) return nullptr;
  return &properties_[*index];
}

const PropertyView* ThingView::find(PropertyId id) const {
  const auto found = std::ranges::find(properties_, id, &PropertyView::id);
  return found == properties_.end() ? nullptr : &*found;
}

const PropertyView* ThingView::find_wire_id(std::int64_t wire_id) const {
  const auto found = std::ranges::find(properties_, wire_id, &PropertyView::wire_id);
  return found == properties_.end() ? nullptr : &*found;
}

ThingsSnapshot::ThingsSnapshot() {
  things_.fill(std::make_shared<const ThingShard>());
  devices_.fill(std::make_shared<const DeviceShard>());
  names_.fill(std::make_shared<const NameShard>());
}

std::shared_ptr<const ThingsSnapshot> ThingsSnapshot::of(
    const std::vector<std::shared_ptr<const ThingView>>& things, const Devices& devices) {
  std::array<ThingShard, kShards> thing_shards;
  std::array<DeviceShard, kShards> device_shards;
  std::array<NameShard, kShards> name_shards;
  for (const auto& [id, organisation] : devices) {
    device_shards[index_of<DeviceId, kShards>(id)].emplace(id, DeviceView{organisation, nullptr});
  }
  for (const std::shared_ptr<const ThingView>& thing : things) {
    thing_shards[index_of<ThingId, kShards>(thing->id())].emplace(thing->id(), thing);
    name_shards[name_shard(thing->organisation(), thing->name())].emplace(
        NameKey{thing->organisation(), thing->name()}, thing->id());
    if (!thing->device()) continue;
    DeviceShard& shard = device_shards[index_of<DeviceId, kShards>(*thing->device())];
    const auto device = shard.find(*thing->device());
    if (device != shard.end()) device->second.thing = thing;
  }
  auto snapshot = std::make_shared<ThingsSnapshot>();
  for (std::size_t i = 0; i < kShards; ++i) {
    snapshot->things_[i] = std::make_shared<const ThingShard>(std::move(thing_shards[i]));
    snapshot->devices_[i] = std::make_shared<const DeviceShard>(std::move(device_shards[i]));
    snapshot->names_[i] = std::make_shared<const NameShard>(std::move(name_shards[i]));
  }
  return snapshot;
}

std::shared_ptr<const ThingView> ThingsSnapshot::thing(OrganisationId organisation,
                                                       ThingId id) const {
  const ThingShard& shard = *things_[index_of<ThingId, kShards>(id)];
  const auto found = shard.find(id);
  if (found == shard.end() || found->second->organisation() != organisation) return nullptr;
  return found->second;
}

std::shared_ptr<const ThingView> ThingsSnapshot::thing_named(OrganisationId organisation,
                                                             std::string_view name) const {
  const NameShard& shard = *names_[name_shard(organisation, name)];
  const auto [first, last] = shard.equal_range(NameKey{organisation, std::string(name)});
  if (first == last || std::next(first) != last) return nullptr;
  return thing(organisation, first->second);
}

const DeviceView* ThingsSnapshot::device(OrganisationId organisation, DeviceId id) const {
  const DeviceShard& shard = *devices_[index_of<DeviceId, kShards>(id)];
  const auto found = shard.find(id);
  if (found == shard.end() || found->second.organisation != organisation) return nullptr;
  return &found->second;
}

std::shared_ptr<const ThingView> ThingsSnapshot::thing_of(OrganisationId organisation,
                                                          DeviceId id) const {
  const DeviceView* view = device(organisation, id);
  return view == nullptr ? nullptr : view->thing;
}

std::size_t ThingsSnapshot::name_shard(OrganisationId organisation, std::string_view name) {
  return (std::hash<OrganisationId>{}(organisation) ^ std::hash<std::string_view>{}(name)) %
         kShards;
}

void ThingsSnapshot::replace_name(const ThingView* before, const ThingView* after) {
  if (before != nullptr && after != nullptr && before->name() == after->name()) return;
  if (before != nullptr) {
    auto& shard = names_[name_shard(before->organisation(), before->name())];
    NameShard next = *shard;
    const auto [first, last] = next.equal_range(NameKey{before->organisation(), before->name()});
    const auto found =
        std::find_if(first, last, [&](const auto& entry) { return entry.second == before->id(); });
    if (found != last) next.erase(found);
    shard = std::make_shared<const NameShard>(std::move(next));
  }
  if (after != nullptr) {
    auto& shard = names_[name_shard(after->organisation(), after->name())];
    NameShard next = *shard;
    next.emplace(NameKey{after->organisation(), after->name()}, after->id());
    shard = std::make_shared<const NameShard>(std::move(next));
  }
}

std::shared_ptr<const ThingsSnapshot> ThingsSnapshot::with_thing(
    ThingId id, std::shared_ptr<const ThingView> view) const {
  auto next = std::make_shared<ThingsSnapshot>(*this);
  auto& slot = next->things_[index_of<ThingId, kShards>(id)];
  const auto found = slot->find(id);
  next->replace_name(found == slot->end() ? nullptr : found->second.get(), view.get());

  ThingShard shard = *slot;
  if (view == nullptr) {
    shard.erase(id);
  } else {
    shard.insert_or_assign(id, std::move(view));
  }
  slot = std::make_shared<const ThingShard>(std::move(shard));
  return next;
}

std::shared_ptr<const ThingsSnapshot> ThingsSnapshot::with_device(
    DeviceId id, std::optional<DeviceView> view) const {
  auto next = std::make_shared<ThingsSnapshot>(*this);
  auto& slot = next->devices_[index_of<DeviceId, kShards>(id)];
  DeviceShard shard = *slot;
  if (!view) {
    shard.erase(id);
  } else {
    shard.insert_or_assign(id, *std::move(view));
  }
  slot = std::make_shared<const DeviceShard>(std::move(shard));
  return next;
}

}  // namespace fastness::things
