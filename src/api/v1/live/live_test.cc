#include "api/v1/live/live.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using http::CloseCode;
using http::Method;
using http::Status;
using testing::text_of;

// The other end of a WebSocket.
class FakeSocket final : public http::WebSocket {
 public:
  void start(Post, Events events) override { events_ = std::move(events); }
  void receive() override { ++asked; }
  void send(std::string message) override { sent.push_back(std::move(message)); }
  [[nodiscard]] std::size_t unsent() const override { return lag; }
  void close(CloseCode code) override { closed = code; }
  void say(const std::string& command) { events_.message(command); }

  std::vector<std::string> sent;
  std::size_t lag = 0;
  int asked = 0;
  std::optional<CloseCode> closed;

 private:
  Events events_;
};

class LiveTest : public ::testing::Test {
 protected:
  LiveTest() : mine_(world_.add_member("me@x.y")), theirs_(world_.add_member("you@x.y")) {}

  std::shared_ptr<FakeSocket> join(const testing::Member& member,
                                   accounts::Scopes scopes = accounts::Scopes::all(),
                                   const accounts::ThingRights& things = {}) {
    Caller caller;
    caller.kind = Caller::Kind::api_key;
    caller.organisation = member.organisation;
    caller.user = member.user;
    caller.scopes = scopes;
    caller.things = accounts::to_scopes(things);
    caller.client_id = member.client_id;
    auto socket = std::make_shared<FakeSocket>();
    live().join(caller, socket);
    return socket;
  }
  // By a key of mine that has that thing and nothing else.
  std::shared_ptr<FakeSocket> limited(ThingId thing) {
    return join(mine_, {}, {{thing, accounts::ThingRight::view}});
  }
  Live& live() { return world_.api().live(); }
  void report(double value) {
    live().values({{{mine_.organisation, thing_, property_, SeriesId(1), world_.clock().now(),
                     world_.clock().now(), Value(value), things::Source::device, true},
                    things::LastValues::Outcome::news}});
  }

  testing::World world_;
  testing::Member mine_;
  testing::Member theirs_;
  ThingId thing_{Uuid({1})};
  PropertyId property_{Uuid({2})};
};

TEST_F(LiveTest, TellsTheNewestOfEachValueOnceATickToWhoWatches) {
  const auto all = join(mine_);
  const auto one = join(mine_);
  const auto none = join(mine_);
  const auto foreign = join(theirs_);
  all->say(R"({"type":"watch","things":"all"})");
  one->say(R"({"type":"watch","things":[")" + thing_.value().to_text() + R"("]})");
  none->say(R"({"type":"watch","things":[]})");
  foreign->say(R"({"type":"watch","things":"all"})");
  EXPECT_EQ(all->asked, 2) << "it must ask for each command";

  report(1);
  report(2.5);
  live().tick();
  live().tick();

  ASSERT_EQ(all->sent.size(), 1U);
  EXPECT_NE(all->sent[0].find(R"("value":2.5)"), std::string::npos);
  EXPECT_EQ(one->sent, all->sent);
  EXPECT_TRUE(none->sent.empty());
  EXPECT_TRUE(foreign->sent.empty());
}

TEST_F(LiveTest, TellsWhoHasSingleThingsOfTheseAlone) {
  const auto theirs = limited(thing_);
  const auto others = limited(ThingId(Uuid({9})));
  for (const auto& socket : {theirs, others}) socket->say(R"({"type":"watch","things":"all"})");

  report(1);
  live().tick();

  EXPECT_EQ(theirs->sent.size(), 1U);
  EXPECT_TRUE(others->sent.empty());
}

TEST_F(LiveTest, TellsWhoSeesAThingAndNoDeviceHowItsDeviceIs) {
  things::DeviceDraft board;
  board.name = "board";
  board.type = "mkrwifi1010";
  const auto device = world_.devices().create(mine_.organisation, mine_.user, board).value();
  things::ThingDraft well;
  well.name = "Well";
  well.timezone = "Europe/Berlin";
  const auto thing = world_.things().create(mine_.organisation, mine_.user, well).value();
  ASSERT_TRUE(
      world_.things().attach(mine_.organisation, thing.id, device.id, things::Attach::if_free));
  const auto theirs = limited(thing.id);
  const auto others = limited(thing_);
  const auto all = join(mine_);

  live().device(device, things::Devices::Change::updated);

  ASSERT_EQ(theirs->sent.size(), 1U);
  EXPECT_NE(theirs->sent[0].find(R"("type":"thing")"), std::string::npos);
  EXPECT_EQ(theirs->sent[0].find("board"), std::string::npos) << "of the device nothing else";
  EXPECT_TRUE(others->sent.empty());
  ASSERT_EQ(all->sent.size(), 1U);
  EXPECT_NE(all->sent[0].find(R"("type":"device")"), std::string::npos);
}

TEST_F(LiveTest, EndsForAllWhenItIsSwitchedOff) {
  const auto mine = join(mine_);
  live().tick();
  EXPECT_EQ(mine->closed, std::nullopt);
  ASSERT_TRUE(world_.switches().switch_off(incident::Component::live, "it has a hole",
                                           world_.clock().now()));
  live().tick();
  EXPECT_EQ(mine->closed, CloseCode::policy_violation);
  EXPECT_EQ(join(theirs_)->closed, CloseCode::policy_violation);
}

TEST_F(LiveTest, EndsWithItsKeyAtOnce) {
  const auto mine = join(mine_);
  const auto foreign = join(theirs_);

  ASSERT_TRUE(world_.accounts().api_keys().revoke(mine_.organisation, mine_.client_id));

  EXPECT_EQ(mine->closed, CloseCode::policy_violation);
  EXPECT_FALSE(foreign->closed);
}

TEST_F(LiveTest, EndsWhenItsPersonIsLetGo) {
  const auto user = world_.accounts().users().create("third@x.y", "Own").value();
  ASSERT_TRUE(world_.accounts().members().add(
      {mine_.organisation, user.id, accounts::Role::member, world_.clock().now()}));
  const auto session = world_.accounts().sessions().create(user.id, user.organisation).value();
  ASSERT_TRUE(world_.accounts().sessions().work_in(session.id, mine_.organisation));
  Caller caller;
  caller.kind = Caller::Kind::session;
  caller.organisation = mine_.organisation;
  caller.session = session.id;
  const auto page = std::make_shared<FakeSocket>();
  live().join(caller, page);
  const auto others = join(mine_);

  ASSERT_TRUE(
      world_.accounts().members().remove(mine_.organisation, accounts::Role::owner, user.id));

  EXPECT_EQ(page->closed, CloseCode::policy_violation);
  EXPECT_FALSE(others->closed);
}

TEST_F(LiveTest, EndsForNonsenseAndForLagging) {
  for (const char* nonsense : {"", "[]", "{}", R"({"type":"watch","things":"some"})",
                               R"({"type":"watch","things":["x"]})", "[[[[]]]]"}) {
    const auto socket = join(mine_);
    socket->say(nonsense);
    EXPECT_EQ(socket->closed, CloseCode::policy_violation) << nonsense;
  }
  const auto slow = join(mine_);
  slow->lag = Live::kMaxUnsent + 1;
  live().tick();
  EXPECT_EQ(slow->closed, CloseCode::try_again_later);
}

TEST_F(LiveTest, AnAlarmReachesEverybodyAndHome) {
  const auto mine = join(mine_);
  const auto foreign = join(theirs_);

  live().forged({{}, 1, false});

  ASSERT_EQ(mine->sent.size(), 1U);
  EXPECT_NE(mine->sent[0].find("identity_forged"), std::string::npos);
  EXPECT_EQ(foreign->sent, mine->sent);
  const auto home = world_.expect(Status::ok, Method::get, "/api/v1/home", {.token = mine_.token});
  EXPECT_EQ(home.find("attention")->get<json::Array>()->size(), 1U);
}

}  // namespace
}  // namespace fastness::api
