#include "things/things.h"

#include <gtest/gtest.h>

#include "things/testing/registry.h"

namespace fastness::things {
namespace {

using testing::organisation;
using testing::property;

class ThingsTest : public ::testing::Test {
 protected:
  ThingId add(std::string name = "greenhouse") {
    ThingDraft draft;
    draft.name = std::move(name);
    return things().create(ours_, {}, draft)->id;
  }
  DeviceId add_device(OrganisationId owner) {
    DeviceDraft draft;
    draft.type = "opta";
    return world_.devices->create(owner, {}, draft)->id;
  }
  Things& things() { return *world_.things; }
  std::shared_ptr<const ThingsSnapshot> snapshot() { return things().published().load(); }

  testing::Registry world_;
  const OrganisationId ours_ = organisation(1);
  const OrganisationId theirs_ = organisation(2);
};

TEST_F(ThingsTest, SurviveARestartWithTheirProperties) {
  const ThingId id = add();
  PropertyDraft draft = property("Soil moisture", "PERCENTAGE");
  draft.min_value = 0;
  draft.max_value = 100;
  draft.persist = false;
  draft.wire_id = 7;
  draft.update_strategy = UpdateStrategy::timed;
  draft.update_parameter = 30;
  const Property made = things().create_property(ours_, id, draft).value();
  ASSERT_TRUE(things().set_tag(ours_, id, "site", "lab"));

  world_.restart();

  EXPECT_EQ(things().find(ours_, id)->said.tags, (Tags{{"site", "lab"}}));
  const Property* property = things().find_property(ours_, id, made.id);
  ASSERT_NE(property, nullptr);
  EXPECT_EQ(property->series, made.series);
  EXPECT_EQ(property->said.name, "Soil moisture");
  EXPECT_EQ(property->said.variable_name, "soilMoisture");
  EXPECT_EQ(property->said.type->name, "PERCENTAGE");
  EXPECT_EQ(property->said.permission, Permission::read_write);
  EXPECT_EQ(property->said.update_strategy, UpdateStrategy::timed);
  EXPECT_EQ(property->said.update_parameter, 30);
  EXPECT_EQ(property->said.min_value, 0);
  EXPECT_EQ(property->said.max_value, 100);
  EXPECT_FALSE(property->said.persist);
  EXPECT_EQ(property->said.wire_id, 7);
  EXPECT_NE(snapshot()->thing(ours_, id)->find("soilMoisture"), nullptr);
}

TEST_F(ThingsTest, EveryCallOfAnotherOrganisationFindsNothing) {
  const auto twin = world_.add_twin(ours_, {property("temp", "FLOAT")});
  const PropertyId temp = twin.properties[0];
  const DeviceId their_device = add_device(theirs_);
  const ThingId their_thing = things().create(theirs_, {}, {})->id;
  const auto is_not_found = [](const auto& result) {
    return !result && result.error().code == Errc::not_found;
  };

  EXPECT_EQ(things().find(theirs_, twin.thing), nullptr);
  EXPECT_EQ(things().of_device(theirs_, twin.device), nullptr);
  EXPECT_EQ(things().list(theirs_).size(), 1U);
  EXPECT_TRUE(is_not_found(things().update(theirs_, twin.thing, {})));
  EXPECT_TRUE(is_not_found(things().remove(theirs_, twin.thing, Removal::soft)));
  EXPECT_TRUE(is_not_found(things().remove(theirs_, twin.thing, Removal::forced)));
  EXPECT_TRUE(is_not_found(things().restore(theirs_, twin.thing)));
  EXPECT_TRUE(is_not_found(things().detach(theirs_, twin.thing)));
  EXPECT_TRUE(is_not_found(things().set_tag(theirs_, twin.thing, "a", "b")));
  EXPECT_TRUE(is_not_found(things().remove_tag(theirs_, twin.thing, "a")));
  EXPECT_TRUE(is_not_found(things().create_property(theirs_, twin.thing, property("x", "INT"))));
  EXPECT_TRUE(is_not_found(things().update_property(theirs_, twin.thing, temp, {})));
  EXPECT_TRUE(is_not_found(things().update_property(theirs_, their_thing, temp, {})));
  EXPECT_TRUE(is_not_found(things().remove_property(theirs_, twin.thing, temp, Removal::forced)));
  EXPECT_TRUE(is_not_found(things().restore_property(theirs_, twin.thing, temp)));
  EXPECT_EQ(things().find_property(theirs_, twin.thing, temp), nullptr);
  EXPECT_EQ(things().find_property(theirs_, their_thing, temp), nullptr);
  EXPECT_EQ(things().find_property(theirs_, temp), nullptr);
  EXPECT_TRUE(things().properties(theirs_, twin.thing).empty());

  // Neither their device on our thing, nor our device on theirs, by force or without.
  for (const Attach how : {Attach::if_free, Attach::force}) {
    EXPECT_TRUE(is_not_found(things().attach(theirs_, twin.thing, their_device, how)));
    EXPECT_TRUE(is_not_found(things().attach(theirs_, their_thing, twin.device, how)));
    EXPECT_TRUE(is_not_found(things().attach(ours_, twin.thing, their_device, how)));
  }

  EXPECT_EQ(snapshot()->thing(theirs_, twin.thing), nullptr);
  EXPECT_EQ(snapshot()->thing_of(theirs_, twin.device), nullptr);
  EXPECT_EQ(snapshot()->device(theirs_, twin.device), nullptr);
  EXPECT_EQ(things().find(ours_, twin.thing)->device, twin.device);
}

TEST_F(ThingsTest, RefuseWhatTheApiForbids) {
  for (const char* name : {"a/b", "né", "a\n", "#", "+", "{}"}) {
    SCOPED_TRACE(name);
    ThingDraft draft;
    draft.name = name;
    EXPECT_EQ(things().create(ours_, {}, draft).error().code, Errc::invalid_argument);
  }
  ThingDraft bad_zone;
  bad_zone.timezone = "../../etc/passwd";
  EXPECT_EQ(things().create(ours_, {}, bad_zone).error().code, Errc::invalid_argument);

  const ThingId id = add();
  const struct {
    const char* what;
    void (*spoil)(PropertyDraft&);
  } cases[] = {
      {"no name", [](PropertyDraft& d) { d.name.clear(); }},
      {"a long name", [](PropertyDraft& d) { d.name = std::string(65, 'x'); }},
      {"a variable that begins with a digit", [](PropertyDraft& d) { d.variable_name = "2x"; }},
      {"a variable with a colon", [](PropertyDraft& d) { d.variable_name = "a:b"; }},
      {"no type", [](PropertyDraft& d) { d.type = nullptr; }},
      {"limits the wrong way round",
       [](PropertyDraft& d) {
         d.min_value = 2;
         d.max_value = 1;
       }},
      {"a limit that is no number", [](PropertyDraft& d) { d.max_value = 0.0 / 0.0; }},
      {"a negative interval", [](PropertyDraft& d) { d.update_parameter = -1; }},
      {"a wire id of 0", [](PropertyDraft& d) { d.wire_id = 0; }},
  };
  for (const auto& [what, spoil] : cases) {
    SCOPED_TRACE(what);
    PropertyDraft draft = property("temp", "FLOAT");
    spoil(draft);
    EXPECT_EQ(things().create_property(ours_, id, draft).error().code, Errc::invalid_argument);
  }
  EXPECT_TRUE(things().properties(ours_, id).empty());
}

TEST_F(ThingsTest, ADeviceHasAtMostOneThing) {
  const auto twin = world_.add_twin(ours_, {});
  const ThingId other = add("other");

  EXPECT_EQ(things().attach(ours_, other, twin.device, Attach::if_free).error().code,
            Errc::already_exists);
  EXPECT_EQ(things().of_device(ours_, twin.device)->id, twin.thing);

  ASSERT_TRUE(things().attach(ours_, other, twin.device, Attach::force));
  world_.restart();
  EXPECT_EQ(things().of_device(ours_, twin.device)->id, other);
  EXPECT_FALSE(things().find(ours_, twin.thing)->device);
  EXPECT_EQ(snapshot()->thing_of(ours_, twin.device)->id(), other);
}

TEST_F(ThingsTest, AThingThatTakesAnotherDeviceLetsGoOfItsOwn) {
  const auto twin = world_.add_twin(ours_, {});
  const DeviceId spare = add_device(ours_);

  ASSERT_TRUE(things().attach(ours_, twin.thing, spare, Attach::if_free));

  EXPECT_EQ(things().of_device(ours_, twin.device), nullptr);
  EXPECT_EQ(snapshot()->thing_of(ours_, twin.device), nullptr);
  EXPECT_EQ(snapshot()->thing_of(ours_, spare)->id(), twin.thing);
}

TEST_F(ThingsTest, TellWhichDeviceLostItsThing) {
  const auto first = world_.add_twin(ours_, {});
  const auto second = world_.add_twin(ours_, {});
  std::vector<std::pair<ThingId, std::optional<DeviceId>>> seen;
  things().on_change([&](const Thing& thing, const Things::Change& change) {
    ASSERT_EQ(change.kind, Things::Change::Kind::attachment);
    seen.emplace_back(thing.id, change.device_before);
  });

  ASSERT_TRUE(things().attach(ours_, first.thing, second.device, Attach::force));

  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0], std::pair(second.thing, std::optional(second.device)));
  EXPECT_EQ(seen[1], std::pair(first.thing, std::optional(first.device)));
}

TEST_F(ThingsTest, TellWhenADeviceLosesItsThingByDeletionToo) {
  const auto twin = world_.add_twin(ours_, {});
  std::vector<std::pair<std::optional<DeviceId>, std::optional<DeviceId>>> seen;
  things().on_change([&](const Thing&, const Things::Change& change) {
    seen.emplace_back(change.device_before, change.device_after);
  });
  const std::optional<DeviceId> device(twin.device);
  const std::optional<DeviceId> none;

  ASSERT_TRUE(things().remove(ours_, twin.thing, Removal::soft));
  ASSERT_TRUE(things().restore(ours_, twin.thing));
  ASSERT_TRUE(things().update(ours_, twin.thing, {}));
  ASSERT_TRUE(things().create_property(ours_, twin.thing, property("a", "INT")));
  ASSERT_TRUE(things().remove(ours_, twin.thing, Removal::forced));

  EXPECT_EQ(seen, (std::vector{std::pair(device, none), std::pair(none, device),
                               std::pair(device, device), std::pair(device, device),
                               std::pair(device, none)}));
}

TEST_F(ThingsTest, TellWhenTheTimeZoneChanges) {
  const ThingId id = add();
  std::vector<bool> seen;
  things().on_change(
      [&](const Thing&, const Things::Change& change) { seen.push_back(change.has_new_timezone); });
  ThingChanges rename;
  rename.name = "shed";
  ThingChanges move;
  move.timezone = "Europe/Rome";

  ASSERT_TRUE(things().update(ours_, id, rename));
  ASSERT_TRUE(things().update(ours_, id, move));
  ASSERT_TRUE(things().update(ours_, id, move));

  EXPECT_EQ(seen, (std::vector{false, true, false}));
}

TEST_F(ThingsTest, NamesAndWireIdsAreUniqueWithinAThingOnly) {
  const ThingId id = add();
  const ThingId other = add("other");
  PropertyDraft draft = property("Temp", "FLOAT");
  draft.wire_id = 1;
  ASSERT_TRUE(things().create_property(ours_, id, draft));

  EXPECT_TRUE(things().create_property(ours_, other, draft));
  EXPECT_EQ(things().create_property(ours_, id, draft).error().code, Errc::already_exists);
  PropertyDraft same_variable = property("Other", "FLOAT");
  same_variable.variable_name = "temp";
  EXPECT_EQ(things().create_property(ours_, id, same_variable).error().code, Errc::already_exists);
  PropertyDraft same_wire_id = property("Third", "FLOAT");
  same_wire_id.wire_id = 1;
  EXPECT_EQ(things().create_property(ours_, id, same_wire_id).error().code, Errc::already_exists);
  // A derived variable name steps aside.
  EXPECT_EQ(things().create_property(ours_, id, property("temp", "INT"))->said.variable_name,
            "temp2");
}

TEST_F(ThingsTest, HaveAsManyPropertiesAsAllowedAndNotOneMore) {
  const ThingId id = add();
  for (std::size_t i = 0; i < Things::kMaxProperties; ++i) {
    ASSERT_TRUE(things().create_property(ours_, id, property("p" + std::to_string(i), "INT")));
  }

  EXPECT_EQ(things().create_property(ours_, id, property("last", "INT")).error().code,
            Errc::exhausted);
}

TEST_F(ThingsTest, SeriesAreNeverReused) {
  const ThingId id = add();
  const Property first = things().create_property(ours_, id, property("a", "INT")).value();
  ASSERT_TRUE(things().remove_property(ours_, id, first.id, Removal::forced));
  world_.restart();

  const Property second = things().create_property(ours_, id, property("a", "INT")).value();

  EXPECT_NE(first.series, second.series);
}

TEST_F(ThingsTest, AnotherKindOfValueBeginsAnotherSeries) {
  const auto twin = world_.add_twin(ours_, {property("a", "FLOAT")});
  const SeriesId before = things().find_property(ours_, twin.properties[0])->series;
  std::vector<Things::Ended> ended;
  things().on_change([&](const Thing&, const Things::Change& change) { ended = change.ended; });

  PropertyChanges same_kind;
  same_kind.type = find_property_type("KELVIN");
  ASSERT_TRUE(things().update_property(ours_, twin.thing, twin.properties[0], same_kind));
  EXPECT_TRUE(ended.empty());
  PropertyChanges other_kind;
  other_kind.type = find_property_type("CHARSTRING");
  const auto changed = things().update_property(ours_, twin.thing, twin.properties[0], other_kind);

  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].series, before);
  EXPECT_NE(changed->series, before);
}

TEST_F(ThingsTest, SoftRemovalTakesAThingOutOfTheSnapshotAndBackIn) {
  const auto twin = world_.add_twin(ours_, {property("a", "INT")});

  ASSERT_TRUE(things().remove(ours_, twin.thing, Removal::soft));
  EXPECT_EQ(snapshot()->thing(ours_, twin.thing), nullptr);
  EXPECT_EQ(snapshot()->thing_of(ours_, twin.device), nullptr);
  ASSERT_TRUE(things().restore(ours_, twin.thing));
  EXPECT_EQ(snapshot()->thing_of(ours_, twin.device)->id(), twin.thing);

  ASSERT_TRUE(things().remove(ours_, twin.thing, Removal::soft));
  ASSERT_TRUE(things().attach(ours_, add("other"), twin.device, Attach::if_free));
  EXPECT_EQ(things().restore(ours_, twin.thing).error().code, Errc::already_exists);
}

TEST_F(ThingsTest, ForcedRemovalNamesEverySeriesThatEnds) {
  const auto twin = world_.add_twin(ours_, {property("a", "INT"), property("b", "INT")});
  std::size_t ended = 0;
  things().on_change(
      [&](const Thing&, const Things::Change& change) { ended = change.ended.size(); });

  ASSERT_TRUE(things().remove(ours_, twin.thing, Removal::forced));

  EXPECT_EQ(ended, 2U);
  EXPECT_EQ(things().find_property(ours_, twin.properties[0], Deleted::shown), nullptr);
  EXPECT_EQ(snapshot()->thing_of(ours_, twin.device), nullptr);
  EXPECT_NE(snapshot()->device(ours_, twin.device), nullptr);
}

TEST_F(ThingsTest, ARemovedDeviceLeavesItsThingBehindUnattached) {
  const auto twin = world_.add_twin(ours_, {});

  ASSERT_TRUE(world_.devices->remove(ours_, twin.device, Removal::soft));
  EXPECT_EQ(snapshot()->device(ours_, twin.device), nullptr);
  ASSERT_TRUE(world_.devices->restore(ours_, twin.device));
  EXPECT_EQ(snapshot()->thing_of(ours_, twin.device)->id(), twin.thing);
  ASSERT_TRUE(world_.devices->remove(ours_, twin.device, Removal::forced));

  EXPECT_FALSE(things().find(ours_, twin.thing)->device);
  EXPECT_EQ(snapshot()->device(ours_, twin.device), nullptr);
  EXPECT_NE(snapshot()->thing(ours_, twin.thing), nullptr);
}

TEST_F(ThingsTest, ASnapshotStaysAsItWas) {
  const ThingId id = add();
  const auto old = snapshot();

  ASSERT_TRUE(things().create_property(ours_, id, property("a", "INT")));

  EXPECT_EQ(old->thing(ours_, id)->find("a"), nullptr);
  EXPECT_NE(snapshot()->thing(ours_, id)->find("a"), nullptr);
}

TEST_F(ThingsTest, AreFoundByNameUnlessTwoShareIt) {
  const ThingId id = add("greenhouse");
  EXPECT_EQ(snapshot()->thing_named(ours_, "greenhouse")->id(), id);
  EXPECT_EQ(snapshot()->thing_named(theirs_, "greenhouse"), nullptr);

  const ThingId twin = add("greenhouse");
  EXPECT_EQ(snapshot()->thing_named(ours_, "greenhouse"), nullptr);

  ThingChanges rename;
  rename.name = "shed";
  ASSERT_TRUE(things().update(ours_, twin, rename));
  EXPECT_EQ(snapshot()->thing_named(ours_, "greenhouse")->id(), id);
  EXPECT_EQ(snapshot()->thing_named(ours_, "shed")->id(), twin);
}

}  // namespace
}  // namespace fastness::things
