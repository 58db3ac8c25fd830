// The checkpoint: what lets the journal forget without anything being lost.

#include <future>

#include <gtest/gtest.h>

#include "gateway/store/session_store.h"
#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using mqtt::Qos;
using testing::Hub;

// A gateway's store in the registry's directory, with the registry's real keys.
struct Store {
  explicit Store(Hub& hub)
      : values(storage::KeyValueStore::open({.directory = hub.registry.directory / "gateway",
                                             .families = {std::string(SessionStore::kFamily)}})
                   .value()),
        sessions(*values, *hub.registry.keys) {}

  std::unique_ptr<storage::KeyValueStore> values;
  SessionStore sessions;
};

Result<LogPosition> checkpoint(Hub& hub, SessionStore& store) {
  std::promise<Result<LogPosition>> done;
  hub.gateway->checkpoint(
      store, hub.journal.records().size() + 1, [](const std::function<void()>& work) { work(); },
      [&](Result<LogPosition> result) { done.set_value(std::move(result)); });
  return done.get_future().get();
}

mqtt::Connect lasting(std::string_view client_id) {
  mqtt::Connect packet = Hub::person_packet("ada", client_id);
  packet.clean_start = false;
  return packet;
}

// Kills the gateway and starts another from the checkpoint and the records from `position` on.
void restart(Hub& hub, SessionStore& store, LogPosition position) {
  hub.gateway->stop();
  hub.make_gateway();
  ASSERT_TRUE(hub.gateway->restore(store));
  const auto records = hub.journal.records();
  for (std::size_t i = position - 1; i < records.size(); ++i) {
    ASSERT_TRUE(hub.gateway->replay(records[i]));
  }
  hub.gateway->start();
}

TEST(Checkpoint, TogetherWithTheRestOfTheJournalHoldsEverything) {
  Hub hub;
  hub.add_person(1, "ada");
  Store store(hub);
  {
    auto sleeper = hub.dial();
    ASSERT_TRUE(sleeper->connect(lasting("s")));
    sleeper->subscribe({"t/#"}, Qos::exactly_once);
    sleeper->send(mqtt::Disconnect{});
    ASSERT_TRUE(sleeper->is_closed_by_server());
  }
  auto ada = hub.person_client("ada", "a");
  ada->publish("t/1", "before", Qos::at_least_once, true);
  ASSERT_TRUE(ada->next());

  const auto position = checkpoint(hub, store.sessions);
  ASSERT_TRUE(position);
  EXPECT_EQ(position.value(), hub.journal.records().size() + 1);
  ada->publish("t/2", "after", Qos::at_least_once, true);
  ASSERT_TRUE(ada->next());
  restart(hub, store.sessions, position.value());

  auto sleeper = hub.dial();
  ASSERT_TRUE(sleeper->connect(lasting("s"))->session_present);
  EXPECT_EQ(sleeper->next_message(), "t/1=before");
  EXPECT_EQ(sleeper->next_message(), "t/2=after");
  EXPECT_TRUE(sleeper->has_nothing());
  auto late = hub.person_client("ada", "late");
  late->subscribe({"#"}, Qos::at_most_once);
  EXPECT_EQ(late->next_message(), "t/1=before");
  EXPECT_EQ(late->next_message(), "t/2=after");
}

TEST(Checkpoint, ReplayOfWhatItHoldsAlreadyChangesNothing) {
  Hub hub;
  hub.add_person(1, "ada");
  Store store(hub);
  {
    auto sleeper = hub.dial();
    ASSERT_TRUE(sleeper->connect(lasting("s")));
    sleeper->subscribe({"t"}, Qos::at_least_once);
    sleeper->send(mqtt::Disconnect{});
    ASSERT_TRUE(sleeper->is_closed_by_server());
  }
  auto ada = hub.person_client("ada", "a");
  ada->publish("t", "x", Qos::at_least_once);
  ASSERT_TRUE(ada->next());
  ASSERT_TRUE(checkpoint(hub, store.sessions));

  restart(hub, store.sessions, 1);

  auto sleeper = hub.dial();
  ASSERT_TRUE(sleeper->connect(lasting("s"))->session_present);
  EXPECT_EQ(sleeper->next_message(), "t=x");
  EXPECT_TRUE(sleeper->has_nothing());
}

TEST(Checkpoint, HoldsBackTheRecordsThatAreUnderWay) {
  Hub hub;
  hub.add_person(1, "ada");
  Store store(hub);
  auto ada = hub.person_client("ada", "a");
  ada->publish("t", "1", Qos::at_least_once);
  ASSERT_TRUE(ada->next());
  hub.journal.set_mode(testing::HeldJournal::Mode::held);
  ada->publish("t", "2", Qos::at_least_once, true);
  ASSERT_TRUE(hub.journal.wait_for_held(1));
  const std::size_t written = hub.journal.records().size();

  const auto position = checkpoint(hub, store.sessions);

  ASSERT_TRUE(position);
  EXPECT_LE(position.value(), written) << "the retained message is in no checkpoint yet";
}

TEST(Checkpoint, ForgetsWhatHasEnded) {
  Hub hub;
  hub.add_person(1, "ada");
  Store store(hub);
  {
    auto client = hub.dial();
    ASSERT_TRUE(client->connect(lasting("s")));
    client->publish("t", "1", Qos::at_least_once, true);
    ASSERT_TRUE(client->next());
    ASSERT_TRUE(checkpoint(hub, store.sessions));
    client->publish("t", "", Qos::at_least_once, true);
    ASSERT_TRUE(client->next());
  }
  mqtt::Connect clean = Hub::person_packet("ada", "s");
  clean.version = mqtt::Version::v5;
  clean.properties.session_expiry = 100;
  {
    auto client = hub.dial();
    ASSERT_TRUE(client->connect(clean));
    mqtt::Disconnect bye;
    bye.properties.session_expiry = 0;
    client->send(bye);
    ASSERT_TRUE(client->is_closed_by_server());
  }
  const auto position = checkpoint(hub, store.sessions);
  ASSERT_TRUE(position);
  restart(hub, store.sessions, position.value());

  EXPECT_FALSE(hub.dial()->connect(lasting("s"))->session_present);
  auto late = hub.person_client("ada", "late");
  late->subscribe({"#"}, Qos::at_most_once);
  EXPECT_TRUE(late->has_nothing());
}

TEST(Checkpoint, KnowsWhoSetARetainedMessage) {
  Limits limits;
  limits.retained.max_messages_of_owner = 1;
  Hub hub(limits);
  Store store(hub);
  const auto board = hub.add_board(1);
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.version = mqtt::Version::v5;
  {
    auto client = hub.dial_as(board);
    ASSERT_TRUE(client->connect(packet));
    client->publish("a", "1", Qos::at_least_once, true);
    ASSERT_TRUE(client->next());
  }
  const auto position = checkpoint(hub, store.sessions);
  ASSERT_TRUE(position);

  restart(hub, store.sessions, position.value());

  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(packet));
  client->publish("b", "1", Qos::at_least_once, true);
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, mqtt::ReasonCode::quota_exceeded);
}

TEST(Checkpoint, KeepsNothingReadable) {
  Hub hub;
  hub.add_person(1, "ada");
  Store store(hub);
  auto client = hub.dial();
  ASSERT_TRUE(client->connect(lasting("planted-client")));
  client->subscribe({"planted-filter"}, Qos::at_least_once);
  client->publish("planted-topic", "planted-payload", Qos::at_least_once, true);
  ASSERT_TRUE(client->next());
  ASSERT_TRUE(checkpoint(hub, store.sessions));

  std::size_t rows = 0;
  auto at = store.values->scan(store.values->family(SessionStore::kFamily), {});
  for (; at.is_valid(); at.next(), ++rows) {
    EXPECT_EQ(as_text(at.key()).find("planted"), std::string_view::npos);
    EXPECT_EQ(as_text(at.value()).find("planted"), std::string_view::npos);
  }
  EXPECT_EQ(rows, 2U);
}

TEST(Checkpoint, DamagedRowsAreRefused) {
  Hub hub;
  hub.add_person(1, "ada");
  Store store(hub);
  auto client = hub.dial();
  ASSERT_TRUE(client->connect(lasting("s")));
  ASSERT_TRUE(checkpoint(hub, store.sessions));
  const storage::Family family = store.values->family(SessionStore::kFamily);
  auto at = store.values->scan(family, {});
  ASSERT_TRUE(at.is_valid());
  Bytes value = to_bytes(at.value());
  value.back() ^= 1U;
  ASSERT_TRUE(store.values->put(family, at.key(), value));

  SessionStore damaged(*store.values, *hub.registry.keys);
  const auto loaded = damaged.load([](auto) {}, [](auto, auto) {});

  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::corrupted);
}

}  // namespace
}  // namespace fastness::gateway
