#include "things/devices.h"

#include <gtest/gtest.h>

#include "things/testing/registry.h"

namespace fastness::things {
namespace {

using namespace std::chrono_literals;
using testing::organisation;

class DevicesTest : public ::testing::Test {
 protected:
  static DeviceDraft draft() {
    DeviceDraft draft;
    draft.name = "north";
    draft.type = "mkrwifi1010";
    draft.fqbn = "arduino:samd:mkrwifi1010";
    draft.tags = {{"site", "lab"}};
    return draft;
  }
  DeviceId add() { return world_.devices->create(ours_, {}, draft())->id; }
  Devices& devices() { return *world_.devices; }

  testing::Registry world_;
  const OrganisationId ours_ = organisation(1);
  const OrganisationId theirs_ = organisation(2);
};

TEST_F(DevicesTest, SurviveARestartWhole) {
  const DeviceId id = add();
  ASSERT_TRUE(devices().report(ours_, id, {"2.9.0", "1.6.0", "ab"}));

  world_.restart();

  const Device* device = devices().find(ours_, id);
  ASSERT_NE(device, nullptr);
  EXPECT_EQ(device->said.name, "north");
  EXPECT_EQ(device->said.fqbn, "arduino:samd:mkrwifi1010");
  EXPECT_EQ(device->said.tags, (Tags{{"site", "lab"}}));
  EXPECT_EQ(device->reported, (DeviceReport{"2.9.0", "1.6.0", "ab"}));
  EXPECT_EQ(device->created_at, world_.clock.now());
  EXPECT_EQ(device->status, DeviceStatus::never);
}

TEST_F(DevicesTest, EveryCallOfAnotherOrganisationFindsNothing) {
  const DeviceId id = add();
  ASSERT_TRUE(devices().set_network(ours_, id, {"wifi", "ssid=home"}));
  const auto is_not_found = [](const auto& result) {
    return !result && result.error().code == Errc::not_found;
  };

  EXPECT_EQ(devices().find(theirs_, id), nullptr);
  EXPECT_TRUE(devices().list(theirs_).empty());
  EXPECT_TRUE(is_not_found(devices().update(theirs_, id, {})));
  EXPECT_TRUE(is_not_found(devices().remove(theirs_, id, Removal::soft)));
  EXPECT_TRUE(is_not_found(devices().remove(theirs_, id, Removal::forced)));
  EXPECT_TRUE(is_not_found(devices().restore(theirs_, id)));
  EXPECT_TRUE(is_not_found(devices().set_tag(theirs_, id, "a", "b")));
  EXPECT_TRUE(is_not_found(devices().remove_tag(theirs_, id, "site")));
  EXPECT_TRUE(is_not_found(devices().report(theirs_, id, {"evil", "", ""})));
  EXPECT_TRUE(is_not_found(devices().set_network(theirs_, id, {"wifi", "evil"})));
  EXPECT_TRUE(is_not_found(devices().network(theirs_, id)));
  EXPECT_TRUE(is_not_found(devices().connected(theirs_, id, {})));
  EXPECT_TRUE(
      is_not_found(devices().disconnected(theirs_, id, {}, {}, DisconnectReason::client_left, "")));
  EXPECT_TRUE(is_not_found(devices().connections(theirs_, id, 10)));
  devices().seen(theirs_, id, world_.clock.now());
  EXPECT_EQ(devices().count(theirs_).total, 0U);

  const Device* device = devices().find(ours_, id);
  ASSERT_NE(device, nullptr);
  EXPECT_FALSE(device->last_activity_at);
  EXPECT_EQ(device->reported.lib_version, "");
  EXPECT_EQ(devices().network(ours_, id)->detail, "ssid=home");
}

TEST_F(DevicesTest, RefuseWhatTheApiForbids) {
  const struct {
    const char* what;
    void (*spoil)(DeviceDraft&);
  } cases[] = {
      {"no type", [](DeviceDraft& d) { d.type.clear(); }},
      {"a type with a slash", [](DeviceDraft& d) { d.type = "a/b"; }},
      {"a name of 65 characters", [](DeviceDraft& d) { d.serial = std::string(65, 'x'); }},
      {"a name of spaces", [](DeviceDraft& d) { d.name = "   "; }},
      {"a name with a line break", [](DeviceDraft& d) { d.name = "a\nb"; }},
      {"a board name with spaces", [](DeviceDraft& d) { d.fqbn = "arduino samd"; }},
      {"an unknown connection", [](DeviceDraft& d) { d.connection_type = "pigeon"; }},
      {"a hardware id of 63", [](DeviceDraft& d) { d.unique_hardware_id = std::string(63, 'a'); }},
      {"a version of 11", [](DeviceDraft& d) { d.wifi_fw_version = "1.2.3-45678"; }},
      {"a half address", [](DeviceDraft& d) { d.ble_mac = "00:11:22"; }},
      {"a tag without a key",
       [](DeviceDraft& d) {
         d.tags = {{"", "x"}};
       }},
      {"a tag with a space",
       [](DeviceDraft& d) {
         d.tags = {{"a b", "x"}};
       }},
  };
  for (const auto& [what, spoil] : cases) {
    SCOPED_TRACE(what);
    DeviceDraft bad = draft();
    spoil(bad);

    const auto created = devices().create(ours_, {}, bad);

    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().code, Errc::invalid_argument);
  }
  EXPECT_TRUE(devices().list(ours_).empty());
}

TEST_F(DevicesTest, AHardwareIdBelongsToOneDeviceAndIsFreeAfterwards) {
  DeviceDraft claimed = draft();
  claimed.unique_hardware_id = std::string(64, 'a');
  const DeviceId first = devices().create(ours_, {}, claimed)->id;

  EXPECT_EQ(devices().create(theirs_, {}, claimed).error().code, Errc::already_exists);
  DeviceChanges forget;
  forget.unique_hardware_id = "";
  ASSERT_TRUE(devices().update(ours_, first, forget));
  EXPECT_TRUE(devices().create(theirs_, {}, claimed));
}

TEST_F(DevicesTest, SoftRemovalHidesAndForceForgets) {
  const DeviceId id = add();

  ASSERT_TRUE(devices().remove(ours_, id, Removal::soft));
  EXPECT_EQ(devices().find(ours_, id), nullptr);
  EXPECT_NE(devices().find(ours_, id, Deleted::shown), nullptr);
  EXPECT_FALSE(devices().update(ours_, id, {}));
  ASSERT_TRUE(devices().restore(ours_, id));
  EXPECT_NE(devices().find(ours_, id), nullptr);

  ASSERT_TRUE(devices().remove(ours_, id, Removal::forced));
  world_.restart();
  EXPECT_EQ(devices().find(ours_, id, Deleted::shown), nullptr);
}

TEST_F(DevicesTest, ListsThoseThatHaveAllTags) {
  const DeviceId id = add();
  ASSERT_TRUE(devices().set_tag(ours_, id, "floor", "2"));
  add();

  EXPECT_EQ(devices().list(ours_, Deleted::hidden, {{"site", "lab"}}).size(), 2U);
  EXPECT_EQ(devices().list(ours_, Deleted::hidden, {{"site", "lab"}, {"floor", "2"}}).size(), 1U);
  EXPECT_TRUE(devices().list(ours_, Deleted::hidden, {{"floor", "3"}}).empty());
}

TEST_F(DevicesTest, NetworkSettingsAreSealedInTheDatabase) {
  const DeviceId id = add();
  ASSERT_TRUE(devices().set_network(ours_, id, {"wifi", "ssid=planted-value"}));

  const auto stored = world_.database.query<Bytes>("SELECT network FROM device");

  ASSERT_TRUE(stored);
  EXPECT_EQ(as_text(std::get<0>(stored->at(0))).find("planted"), std::string_view::npos);
  EXPECT_EQ(devices().network(ours_, id)->kind, "wifi");
  EXPECT_EQ(devices().network(ours_, add()).error().code, Errc::not_found);
}

TEST_F(DevicesTest, RememberWhyEachConnectionEnded) {
  const DeviceId id = add();
  const Timestamp start = world_.clock.now();
  ASSERT_TRUE(devices().connected(ours_, id, {start, {}, {}, "", "192.0.2.1:5", "TLSv1.3"}));
  EXPECT_EQ(devices().count(ours_).online, 1U);

  ASSERT_TRUE(devices().disconnected(ours_, id, start, start + 60s, DisconnectReason::keep_alive,
                                     "no packet for 45 s"));

  const Device* device = devices().find(ours_, id);
  EXPECT_EQ(device->status, DeviceStatus::offline);
  EXPECT_EQ(device->connection->reason, DisconnectReason::keep_alive);
  world_.restart();
  const auto log = devices().connections(ours_, id, 10);
  ASSERT_EQ(log->size(), 1U);
  EXPECT_EQ(log->at(0).detail, "no packet for 45 s");
  EXPECT_EQ(log->at(0).disconnected_at, start + 60s);
  EXPECT_EQ(devices().find(ours_, id)->status, DeviceStatus::offline);
}

TEST_F(DevicesTest, TheLateEndOfATakenOverConnectionDoesNotEndItsSuccessor) {
  const DeviceId id = add();
  const Timestamp start = world_.clock.now();
  ASSERT_TRUE(devices().connected(ours_, id, {start, {}, {}, "", "first", ""}));
  ASSERT_TRUE(devices().connected(ours_, id, {start + 5s, {}, {}, "", "second", ""}));

  ASSERT_TRUE(
      devices().disconnected(ours_, id, start, start + 6s, DisconnectReason::connection_lost, ""));

  EXPECT_EQ(devices().find(ours_, id)->status, DeviceStatus::online);
  const auto log = devices().connections(ours_, id, 10);
  ASSERT_EQ(log->size(), 2U);
  EXPECT_EQ(log->at(0).remote, "second");
  EXPECT_EQ(log->at(1).reason, DisconnectReason::taken_over);
}

TEST_F(DevicesTest, AConnectionThatACrashLeftOpenIsEndedAtTheNextStart) {
  const DeviceId id = add();
  ASSERT_TRUE(devices().connected(ours_, id, {world_.clock.now(), {}, {}, "", "", ""}));

  world_.clock.advance(1h);
  world_.restart();

  EXPECT_EQ(devices().find(ours_, id)->status, DeviceStatus::offline);
  EXPECT_EQ(devices().find(ours_, id)->connection->reason, DisconnectReason::crashed);
}

TEST_F(DevicesTest, ADeviceThatIsGoneLeavesNoConnectionBehind) {
  const DeviceId id = add();
  ASSERT_TRUE(devices().connected(ours_, id, {world_.clock.now(), {}, {}, "", "", ""}));
  ASSERT_TRUE(devices().remove(ours_, id, Removal::forced));

  ASSERT_TRUE(devices().flush());

  EXPECT_TRUE(world_.database.query<int>("SELECT 1 FROM device_connection")->empty());
}

TEST_F(DevicesTest, ConnectionsAreWrittenInGroups) {
  for (std::size_t i = 0; i < Devices::kMaxUnwritten - 1; ++i) {
    ASSERT_TRUE(devices().connected(ours_, add(), {world_.clock.now(), {}, {}, "", "", ""}));
  }
  EXPECT_TRUE(world_.database.query<int>("SELECT 1 FROM device_connection")->empty());

  ASSERT_TRUE(devices().connected(ours_, add(), {world_.clock.now(), {}, {}, "", "", ""}));

  EXPECT_EQ(world_.database.query<int>("SELECT 1 FROM device_connection")->size(),
            Devices::kMaxUnwritten);
}

TEST_F(DevicesTest, WhatABoardSaysAgainOfItsNetworkIsNotWrittenAgain) {
  const DeviceId id = add();
  ASSERT_TRUE(devices().set_network(ours_, id, {"wifi", "ssid=home"}));
  const auto first = world_.database.query<Bytes>("SELECT network FROM device");

  ASSERT_TRUE(devices().set_network(ours_, id, {"wifi", "ssid=home"}));
  EXPECT_EQ(*world_.database.query<Bytes>("SELECT network FROM device"), *first);

  ASSERT_TRUE(devices().set_network(ours_, id, {"wifi", "ssid=shed"}));
  EXPECT_EQ(devices().network(ours_, id)->detail, "ssid=shed");
}

TEST_F(DevicesTest, KeepOnlyTheLastConnections) {
  const DeviceId id = add();
  const Timestamp start = world_.clock.now();
  for (std::size_t i = 0; i < Devices::kMaxConnections + 5; ++i) {
    ASSERT_TRUE(devices().connected(ours_, id, {start + i * 1s, {}, {}, "", "", ""}));
  }

  ASSERT_TRUE(devices().flush());
  const auto rows = world_.database.query<int>("SELECT count(*) FROM device_connection");
  EXPECT_EQ(std::get<0>(rows->at(0)), static_cast<int>(Devices::kMaxConnections));
  EXPECT_EQ(devices().connections(ours_, id, 1'000)->back().connected_at, start + 5s);
}

TEST_F(DevicesTest, TellOfEachChangeOnceItIsStored) {
  std::vector<Devices::Change> seen;
  devices().on_change([&](const Device&, Devices::Change change) { seen.push_back(change); });

  const DeviceId id = add();
  ASSERT_TRUE(devices().report(ours_, id, {"2.9.0", "", ""}));
  ASSERT_TRUE(devices().report(ours_, id, {"2.9.0", "", ""}));  // says nothing new
  ASSERT_TRUE(devices().remove(ours_, id, Removal::soft));
  ASSERT_TRUE(devices().remove(ours_, id, Removal::soft));  // is already
  ASSERT_TRUE(devices().remove(ours_, id, Removal::forced));

  using C = Devices::Change;
  EXPECT_EQ(seen, (std::vector{C::created, C::updated, C::deleted, C::removed}));
}

TEST_F(DevicesTest, WhyAConnectionEndedIsCut) {
  const DeviceId id = add();
  Timestamp at = world_.clock.now();
  const auto detail_of = [&](std::size_t size) {
    EXPECT_TRUE(devices().connected(ours_, id, {at, {}, {}, "", "192.0.2.1:5", "TLSv1.3"}));
    EXPECT_TRUE(devices().disconnected(ours_, id, at, at + 1s, DisconnectReason::keep_alive,
                                       std::string(size, 'x')));
    at += 2s;
    return devices().find(ours_, id)->connection->detail.size();
  };

  EXPECT_EQ(detail_of(200), 200U);
  EXPECT_EQ(detail_of(201), 200U);
}

TEST_F(DevicesTest, WhatABoardSaysIsCut) {
  const DeviceId id = add();

  ASSERT_TRUE(devices().report(ours_, id, {std::string(500, 'v'), "", ""}));

  EXPECT_EQ(devices().find(ours_, id)->reported.lib_version, std::string(64, 'v'));
}

}  // namespace
}  // namespace fastness::things
