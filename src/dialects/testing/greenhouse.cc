#include "dialects/testing/greenhouse.h"

#include <utility>

namespace fastness::dialects::testing {
namespace {

using things::PropertyView;
using things::ThingView;

OrganisationId organisation(std::uint8_t number) {
  Uuid::Bytes bytes{};
  bytes[15] = number;
  return OrganisationId(Uuid(bytes));
}

DeviceId device(std::string_view id) {
  return DeviceId(Uuid::parse(id).value());
}

PropertyView property(std::uint8_t number, std::string variable, std::string_view type) {
  Uuid::Bytes bytes{};
  bytes[0] = number;
  std::string name = "The " + variable;
  return {PropertyId(Uuid(bytes)),
          SeriesId(number),
          std::move(name),
          std::move(variable),
          things::find_property_type(type),
          things::Permission::read_write,
          {},
          {},
          true,
          number};
}

std::vector<PropertyView> properties() {
  return {property(1, "temp", "FLOAT"),
          property(2, "sw1", "STATUS"),
          property(3, "count", "INT"),
          property(4, "msg", "CHARSTRING"),
          property(5, "clight", "HOME_COLORED_LIGHT"),
          property(6, "loc", "LOCATION"),
          property(7, "tv", "HOME_TELEVISION"),
          property(8, "sched", "SCHEDULE")};
}

std::shared_ptr<const ThingView> view(OrganisationId owner, std::string_view id, std::string name,
                                      std::optional<DeviceId> attached,
                                      std::vector<PropertyView> with) {
  things::Thing thing{ThingId(Uuid::parse(id).value()), owner, {}, {}, attached, {}, {}, {}};
  thing.said.name = std::move(name);
  return std::make_shared<const ThingView>(thing, std::move(with));
}

}  // namespace

Greenhouse::Greenhouse()
    : ours(organisation(1)),
      theirs(organisation(2)),
      board{ours, device(kDevice)},
      spare{ours, device(kSpareDevice)},
      person{ours, {}},
      onlooker{ours, {}, Speaker::Rights::read},
      neighbour{theirs, device(kNeighbour)},
      stranger{theirs, {}},
      thing(view(ours, kThing, "greenhouse", device(kDevice), properties())) {
  snapshot = things::ThingsSnapshot::of(
      {thing, view(ours, kSpareThing, "spare", {}, properties()),
       view(theirs, kNeighboursThing, "greenhouse", device(kNeighbour), properties())},
      {{device(kDevice), ours}, {device(kSpareDevice), ours}, {device(kNeighbour), theirs}});
}

PropertyId Greenhouse::property(std::string_view name) const {
  return thing->find(name)->id;
}

}  // namespace fastness::dialects::testing
