#include "client/board/virtual_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mqtt/wire/decoder.h"
#include "mqtt/wire/encoder.h"
#include "senml/command.h"

namespace fastness::client {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

constexpr const char* kDevice = "046b6c7f-0b8a-43b9-b35d-6489e6daee91";
constexpr const char* kThing = "7f2a1a0e-4f0b-4a55-9a35-5d8a3a3b6f10";

// The server's side, by hand: says what it saw and sends what the test says.
class Board : public ::testing::Test {
 protected:
  // What the board sent since the last time: `CONNECT`, `SUBSCRIBE topic`, `PUBLISH topic`, …
  std::vector<std::string> sent() {
    std::vector<std::string> packets;
    Bytes bytes = std::exchange(board_.output(), {});
    ByteView rest = bytes;
    while (!rest.empty()) {
      const auto frame = mqtt::next_frame(rest, 100'000);
      const auto packet = mqtt::decode(**frame, mqtt::Version::v311);
      if (const auto* publish = std::get_if<mqtt::Publish>(&*packet)) {
        packets.push_back("PUBLISH " + std::string(publish->topic));
        payloads_.push_back(to_bytes(publish->payload));
      } else if (const auto* subscribe = std::get_if<mqtt::Subscribe>(&*packet)) {
        packets.push_back("SUBSCRIBE " + std::string(subscribe->entries[0].filter));
      } else if (const auto* connect = std::get_if<mqtt::Connect>(&*packet)) {
        packets.push_back("CONNECT " + std::string(connect->client_id));
        last_password_ = std::string(connect->password.value_or(""));
        last_username_ = std::string(connect->username.value_or(""));
      } else if (std::holds_alternative<mqtt::Pingreq>(*packet)) {
        packets.emplace_back("PINGREQ");
      }
      rest = rest.subspan((*frame)->size);
    }
    return packets;
  }

  Result<void> server_says(const senml::Command& command) {
    const Bytes payload = senml::encode_command(command);
    return server_publishes("/a/d/" + std::string(kDevice) + "/c/dw", payload);
  }
  Result<void> server_publishes(const std::string& topic, ByteView payload) {
    mqtt::Publish message;
    message.topic = topic;
    message.payload = payload;
    Bytes bytes;
    mqtt::encode(message, mqtt::Version::v311, bytes);
    return board_.receive(bytes, now_);
  }
  Result<void> server_accepts(mqtt::ReasonCode reason = mqtt::ReasonCode::success) {
    Bytes bytes;
    mqtt::encode(mqtt::Connack{false, reason, {}}, mqtt::Version::v311, bytes);
    return board_.receive(bytes, now_);
  }
  void run() {
    board_.start(now_);
    ASSERT_TRUE(server_accepts());
    ASSERT_TRUE(server_says(senml::ThingUpdate{kThing}));
    ASSERT_TRUE(server_says(senml::LastValuesUpdate{senml::encode({})}));
    sent();
    payloads_.clear();
  }

  static std::string topic(const char* rest) { return "/a/t/" + std::string(kThing) + rest; }

  SteadyTime now_{};
  std::vector<senml::Record> written_;
  std::vector<Bytes> payloads_;
  std::string last_password_;
  std::string last_username_;
  VirtualBoard board_{{kDevice, "s3cret"},
                      [this](const senml::Record& record) { written_.push_back(record); }};
};

class Listener final : public VirtualBoard::Companion {
 public:
  [[nodiscard]] std::vector<std::string> filters() const override { return {"renewal"}; }
  void accepted() override { ++accepted_; }
  [[nodiscard]] bool take(std::string_view topic, ByteView) override { return topic == "renewal"; }
  [[nodiscard]] std::vector<Message> speak() override { return {}; }
  int accepted_ = 0;
};

TEST_F(Board, ThatWasRefusedComesToRenewAndDoesNothingElse) {
  Listener companion;
  board_ = VirtualBoard(
      {kDevice, ""}, [](const senml::Record&) {}, mqtt::Qos::at_most_once, &companion);
  board_.start(now_);
  EXPECT_FALSE(server_accepts(mqtt::ReasonCode::not_authorised));
  sent();
  EXPECT_EQ(last_username_, "");

  board_.start(now_);
  ASSERT_TRUE(server_accepts());
  EXPECT_THAT(sent(), ElementsAre("CONNECT " + std::string(kDevice), "SUBSCRIBE renewal"));
  EXPECT_EQ(last_username_, "renew");
  EXPECT_EQ(board_.phase(), VirtualBoard::Phase::renewing);
  EXPECT_EQ(companion.accepted_, 0) << "a certificate on trial has proved nothing";
  ASSERT_TRUE(board_.tick(now_));
  EXPECT_THAT(sent(), ElementsAre());

  board_.start(now_);
  ASSERT_TRUE(server_accepts());
  sent();
  EXPECT_EQ(last_username_, "") << "and then as ever";
  EXPECT_EQ(companion.accepted_, 1);
}

TEST_F(Board, AsksForItsThingThenForValuesAndOnlyThenRuns) {
  const std::string up = "PUBLISH /a/d/" + std::string(kDevice) + "/c/up";
  board_.start(now_);
  EXPECT_THAT(sent(), ElementsAre("CONNECT " + std::string(kDevice)));
  EXPECT_EQ(last_password_, "s3cret");

  ASSERT_TRUE(server_accepts());
  EXPECT_THAT(sent(), ElementsAre("SUBSCRIBE /a/d/" + std::string(kDevice) + "/c/dw", up, up));

  ASSERT_TRUE(server_says(senml::ThingUpdate{kThing}));
  EXPECT_THAT(sent(), ElementsAre("SUBSCRIBE " + topic("/e/i"), up));
  EXPECT_EQ(board_.phase(), VirtualBoard::Phase::asking_for_values);

  const std::vector<senml::Record> last{
      {"pump", std::nullopt, true, std::nullopt, std::nullopt},
      {"tz_offset", std::nullopt, std::int64_t{3600}, std::nullopt, std::nullopt}};
  ASSERT_TRUE(server_says(senml::LastValuesUpdate{senml::encode(last)}));
  EXPECT_EQ(board_.phase(), VirtualBoard::Phase::running);
  ASSERT_EQ(written_.size(), 1U) << "the time zone is no property";
  EXPECT_EQ(written_[0].name, "pump");
}

TEST_F(Board, EchoesWhatIsWritten) {
  run();
  const Bytes pack = senml::encode(
      std::vector<senml::Record>{{"pump", std::nullopt, true, std::nullopt, std::nullopt}});

  ASSERT_TRUE(server_publishes(topic("/e/i"), pack));

  EXPECT_THAT(sent(), ElementsAre("PUBLISH " + topic("/e/o")));
  EXPECT_EQ(payloads_.back(), pack);
  EXPECT_EQ(written_.back().name, "pump");
}

TEST_F(Board, RepeatsItsQuestionMoreAndMoreSeldomAndGivesUp) {
  board_.start(now_);
  ASSERT_TRUE(server_accepts());
  sent();
  for (const int wait : {4, 8, 16, 32, 32}) {
    SCOPED_TRACE(wait);
    now_ += seconds(wait) - seconds(1);
    Bytes pong;
    mqtt::encode(mqtt::Pingresp{}, mqtt::Version::v311, pong);
    ASSERT_TRUE(board_.receive(pong, now_));
    ASSERT_TRUE(board_.tick(now_));
    EXPECT_THAT(sent(), ::testing::Not(::testing::Contains(::testing::StartsWith("PUBLISH"))));
    now_ += seconds(1);
    ASSERT_TRUE(board_.tick(now_));
    EXPECT_THAT(sent(), ::testing::Contains(::testing::StartsWith("PUBLISH")));
  }
}

TEST_F(Board, PingsAndNoticesASilentServer) {
  run();
  now_ += seconds(30);
  ASSERT_TRUE(board_.tick(now_));
  EXPECT_THAT(sent(), ElementsAre("PINGREQ"));

  now_ += seconds(31);
  EXPECT_FALSE(board_.tick(now_));
}

TEST_F(Board, CountsWhatTheServerHasOnDisk) {
  VirtualBoard careful(
      {kDevice, ""}, [](const senml::Record&) {}, mqtt::Qos::at_least_once);
  std::swap(board_, careful);
  run();
  const senml::Record value{"soil", std::nullopt, 41.5, std::nullopt, std::nullopt};
  board_.publish({value});
  board_.publish({value});
  const Bytes sent = std::exchange(board_.output(), {});
  const auto frame = mqtt::next_frame(sent, 1'000);
  const auto packet = mqtt::decode(**frame, mqtt::Version::v311);
  const auto* publish = std::get_if<mqtt::Publish>(&*packet);
  ASSERT_NE(publish, nullptr);
  EXPECT_EQ(publish->qos, mqtt::Qos::at_least_once);
  EXPECT_NE(publish->packet_id, 0);

  Bytes answer;
  mqtt::encode(mqtt::Acknowledgement{mqtt::PacketType::puback, publish->packet_id, {}, {}},
               mqtt::Version::v311, answer);
  ASSERT_TRUE(board_.receive(answer, now_));

  EXPECT_EQ(board_.published(), 2U);
  EXPECT_EQ(board_.acknowledged(), 1U);
}

TEST_F(Board, StopsWhenItIsRefused) {
  board_.start(now_);
  const auto refused = server_accepts(mqtt::ReasonCode::not_authorised);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unauthenticated);
}

TEST_F(Board, SplitsMessagesAtTheSizeOfABoardAndKeepsAttributesTogether) {
  run();
  std::vector<senml::Record> records;
  for (int i = 0; i < 20; ++i) {
    const std::string name = "property_number_" + std::to_string(i);
    for (const char* part : {":hue", ":sat"}) {
      records.push_back({name + part, std::nullopt, 1.5, std::nullopt, std::nullopt});
    }
  }
  board_.publish(records);
  sent();

  EXPECT_GT(payloads_.size(), 1U);
  std::size_t total = 0;
  for (const Bytes& payload : payloads_) {
    EXPECT_LE(payload.size(), 256U);
    const auto pack = senml::decode(payload);
    EXPECT_EQ(pack->records.size() % 2, 0U);
    total += pack->records.size();
  }
  EXPECT_EQ(total, records.size());
}

TEST_F(Board, SurvivesAServerThatSpeaksNonsense) {
  board_.start(now_);
  Bytes nonsense{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  EXPECT_FALSE(board_.receive(nonsense, now_));

  run();
  const Bytes rubbish{0x00, 0x01};
  EXPECT_TRUE(server_publishes(topic("/e/i"), rubbish));
  EXPECT_TRUE(server_publishes("/a/d/" + std::string(kDevice) + "/c/dw", rubbish));
}

// Says what it hears, in capitals.
class Echo final : public VirtualBoard::Companion {
 public:
  std::vector<std::string> filters() const override { return {"side/a", "side/b"}; }
  void accepted() override { ++times; }
  bool take(std::string_view topic, ByteView payload) override {
    if (topic != "side/a") return false;
    heard = std::string(as_text(payload));
    return true;
  }
  std::vector<Message> speak() override {
    if (heard.empty()) return {};
    return {{"side/c", std::exchange(heard, "")}};
  }
  std::string heard;
  int times = 0;
};

TEST_F(Board, ACompanionSpeaksBesideIt) {
  Echo echo;
  board_ = VirtualBoard(
      {kDevice, ""}, [](const senml::Record&) {}, mqtt::Qos::at_most_once, &echo);
  board_.start(now_);
  sent();
  ASSERT_TRUE(server_accepts());
  EXPECT_EQ(echo.times, 1);
  const auto begun = sent();
  EXPECT_THAT(begun, ::testing::Contains("SUBSCRIBE side/a"));
  EXPECT_THAT(begun, ::testing::Contains("SUBSCRIBE side/b"));
  ASSERT_TRUE(server_publishes("side/b", as_bytes("not for it")));
  EXPECT_THAT(sent(), ::testing::IsEmpty());
  ASSERT_TRUE(server_publishes("side/a", as_bytes("hello")));
  EXPECT_THAT(sent(), ElementsAre("PUBLISH side/c"));
  echo.heard = "by itself";
  ASSERT_TRUE(board_.tick(now_));
  EXPECT_THAT(sent(), ElementsAre("PUBLISH side/c"));
}

}  // namespace
}  // namespace fastness::client
