// Retained messages to who reads slowly: all of them, in bounded memory, and never an old one after
// a newer one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/testing/desk.h"
#include "mqtt/wire/decoder.h"
#include "mqtt/wire/encoder.h"

namespace fastness::gateway {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using mqtt::RetainHandling;
using ::testing::Contains;
using testing::Desk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::size_t kBudget = std::size_t{64} << 10U;  // what goes out together
constexpr std::size_t kAll = SIZE_MAX;

// A device with one connection to a desk.
class SlowReader {
 public:
  struct Received {
    std::string topic;
    std::string payload;
    Qos qos;
    bool is_retained;
    std::uint16_t packet_id;

    friend bool operator==(const Received& a, const Received& b) {
      return a.topic == b.topic && a.payload == b.payload;
    }
  };

  SlowReader(Desk& desk, std::uint8_t number) : desk_(desk) {
    Uuid::Bytes bytes{};
    bytes[0] = number;
    id_ = Uuid(bytes).to_text();
  }

  void connect(std::uint32_t expiry = 0, std::uint16_t window = 100) {
    number_ = desk_.open();
    mqtt::Connect packet;
    packet.version = mqtt::Version::v5;
    packet.client_id = id_;
    packet.username = id_;
    packet.password = "secret";
    packet.clean_start = false;
    packet.keep_alive = 3'600;
    packet.properties.session_expiry = expiry;
    packet.properties.receive_maximum = window;
    Bytes& out = desk_.transport(number_).to_server;
    encode(packet, out);
    desk_.run();
  }
  void vanish() {
    desk_.transport(number_).is_gone = true;
    desk_.run();
  }
  // How many more bytes it takes from the network.
  void read(std::size_t room) {
    desk_.transport(number_).room = room;
    desk_.advance(std::chrono::seconds{1});
  }
  [[nodiscard]] std::size_t unread() { return desk_.unread(number_); }

  template <typename T>
  void send(const T& packet) {
    encode(packet, mqtt::Version::v5, desk_.transport(number_).to_server);
    desk_.run();
  }
  void subscribe(std::string_view filter, Qos qos, RetainHandling handling = RetainHandling::send) {
    send(mqtt::Subscribe{1, {{filter, {qos, false, false, handling}}}, {}});
  }
  void publish(std::string_view topic, std::string_view payload, Qos qos = Qos::at_most_once) {
    mqtt::Publish packet;
    packet.topic = topic;
    packet.payload = as_bytes(payload);
    packet.qos = qos;
    packet.retain = true;
    packet.packet_id = qos == Qos::at_most_once ? 0 : ++last_id_;
    send(packet);
  }
  void acknowledge(std::uint16_t packet_id) {
    send(mqtt::Acknowledgement{PacketType::puback, packet_id, mqtt::ReasonCode::success, {}});
  }

  // The messages that have come since the last call. A part of a packet stays.
  std::vector<Received> take() {
    Bytes& come = desk_.transport(number_).to_client;
    std::vector<Received> received;
    std::size_t used = 0;
    for (;;) {
      const auto frame = mqtt::next_frame(ByteView(come).subspan(used), mqtt::kMaxVariableInteger);
      if (!frame || !*frame) break;
      const auto packet = mqtt::decode(**frame, mqtt::Version::v5);
      EXPECT_TRUE(packet);
      if (!packet) break;
      if (const auto* publish = std::get_if<mqtt::Publish>(&*packet)) {
        received.push_back({std::string(publish->topic), std::string(as_text(publish->payload)),
                            publish->qos, publish->retain, publish->packet_id});
      }
      used += (*frame)->size;
    }
    come.erase(come.begin(), come.begin() + static_cast<std::ptrdiff_t>(used));
    return received;
  }

 private:
  Desk& desk_;
  std::string id_;
  std::uint64_t number_ = 0;
  std::uint16_t last_id_ = 0;
};

std::string topic(int number) {
  return "r/" + std::to_string(number);
}

class Retained : public ::testing::Test {
 protected:
  explicit Retained(Limits limits = {}) : desk_(limits, OrganisationId(Uuid(Uuid::Bytes{9}))) {
    publisher_.connect();
  }

  // Messages of a kilobyte whose payload begins with their number.
  void store(int count, Qos qos = Qos::at_most_once) {
    for (int i = 0; i < count; ++i) publisher_.publish(topic(i), payload(i), qos);
  }
  static std::string payload(int number) {
    std::string text = std::to_string(number);
    return text.append(1'000, '.');
  }
  // What it takes when it reads all.
  std::vector<SlowReader::Received> read_all(SlowReader& client) {
    client.read(kAll);
    return client.take();
  }
  static std::vector<std::string> topics(const std::vector<SlowReader::Received>& received) {
    std::vector<std::string> all;
    for (const auto& each : received) all.push_back(each.topic);
    return all;
  }
  static std::vector<std::string> topics_from(int first, int end) {
    std::vector<std::string> all;
    for (int i = first; i < end; ++i) all.push_back(topic(i));
    return all;
  }

  Desk desk_;
  SlowReader publisher_{desk_, 1};
  SlowReader reader_{desk_, 2};
};

TEST_F(Retained, ASlowReaderGetsAllOfThemAndLittleWaitsForIt) {
  constexpr int kRetained = 3'000;  // three times what may be unread
  store(kRetained);
  reader_.connect();
  reader_.read(0);
  reader_.subscribe("r/#", Qos::at_most_once);

  std::vector<std::string> come;
  for (int round = 0; come.size() < kRetained && round < 1'000; ++round) {
    EXPECT_LE(reader_.unread(), kBudget + 2'000);
    reader_.read(10'000);
    for (const auto& each : reader_.take()) {
      EXPECT_TRUE(each.is_retained);
      come.push_back(each.topic);
    }
  }

  EXPECT_EQ(come, topics_from(0, kRetained));
}

TEST_F(Retained, WhatIsReplacedOrRemovedMeanwhileComesOnceAndNew) {
  store(300);
  reader_.connect();
  reader_.read(0);
  reader_.subscribe("r/#", Qos::at_most_once);

  publisher_.publish(topic(250), "new");
  publisher_.publish(topic(251), "");
  publisher_.publish("r/another", "new");

  auto expected = topics_from(0, 300);
  std::erase(expected, topic(250));
  std::erase(expected, topic(251));
  std::vector<std::string> retained;
  std::vector<SlowReader::Received> live;
  for (const auto& each : read_all(reader_)) {
    each.is_retained ? retained.push_back(each.topic) : live.push_back(each);
  }
  EXPECT_EQ(retained, expected);
  ASSERT_EQ(topics(live), (std::vector<std::string>{topic(250), topic(251), "r/another"}));
  EXPECT_EQ(live[0].payload, "new");
  EXPECT_EQ(live[1].payload, "");
}

// A QoS 0 message is passed on before it is kept.
TEST_F(Retained, NoneComesAfterANewerOneThatTheJournalHasNotYet) {
  store(300);
  reader_.connect();
  reader_.read(0);
  reader_.subscribe("r/#", Qos::at_most_once);
  desk_.hold_journal();

  publisher_.publish(topic(250), "new");
  const auto come = read_all(reader_);
  desk_.release_journal();

  EXPECT_EQ(come.size(), 300U);
  std::vector<std::string> of_topic;
  for (const auto& each : come) {
    if (each.topic == topic(250)) of_topic.push_back(each.payload);
  }
  EXPECT_THAT(of_topic, ElementsAre("new"));
  EXPECT_THAT(read_all(reader_), IsEmpty());
}

TEST_F(Retained, WhatExpiresMeanwhileDoesNotCome) {
  for (int i = 0; i < 300; ++i) {
    mqtt::Publish packet;
    mqtt::Properties properties;
    properties.message_expiry = 10;
    const std::string name = topic(i);
    const std::string text = payload(i);
    packet.topic = name;
    packet.payload = as_bytes(text);
    packet.retain = true;
    packet.properties = properties;
    publisher_.send(packet);
  }
  reader_.connect();
  reader_.read(0);
  reader_.subscribe("r/#", Qos::at_most_once);
  const std::size_t waits = reader_.unread();
  desk_.advance(std::chrono::seconds{20});

  const auto come = read_all(reader_);

  EXPECT_GE(come.size(), waits / 2'000) << "what was on its way already";
  EXPECT_LE(come.size(), waits / 1'000);
}

TEST_F(Retained, NothingComesOnceItIsUnsubscribed) {
  store(300);
  reader_.connect();
  reader_.read(0);
  reader_.subscribe("r/#", Qos::at_most_once);
  const std::size_t waits = reader_.unread();

  reader_.send(mqtt::Unsubscribe{2, {"r/#"}, {}});

  EXPECT_LE(read_all(reader_).size(), waits / 1'000);
  reader_.subscribe("r/#", Qos::at_most_once);
  EXPECT_EQ(topics(read_all(reader_)), topics_from(0, 300));
}

TEST_F(Retained, ASubscriptionThatIsReplacedBeginsAgainOrGoesOn) {
  store(300);
  for (const auto handling : {RetainHandling::send, RetainHandling::do_not_send}) {
    SlowReader reader(desk_, 7);
    reader.connect();
    reader.read(0);
    reader.subscribe("r/#", Qos::at_most_once);
    const std::size_t waits = reader.unread();
    ASSERT_LT(waits, 100'000U);

    reader.subscribe("r/#", Qos::at_most_once, handling);

    const auto come = topics(read_all(reader));
    const std::vector<std::string> last(come.end() - 200, come.end());
    EXPECT_EQ(last, topics_from(100, 300));
    if (handling == RetainHandling::send) {
      EXPECT_GT(come.size(), 300U) << "those on their way, and all";
    } else {
      EXPECT_EQ(come.size(), 300U) << "they are still to be sent";
    }
    reader.vanish();
  }
}

TEST_F(Retained, OneSubscriptionComesAfterTheOther) {
  store(200);
  reader_.connect();
  reader_.read(0);
  const mqtt::SubscriptionOptions options{Qos::at_most_once, false, false, RetainHandling::send};
  reader_.send(mqtt::Subscribe{1, {{"r/#", options}, {"r/7", options}}, {}});

  auto expected = topics_from(0, 200);
  expected.push_back(topic(7));
  EXPECT_EQ(topics(read_all(reader_)), expected);
}

TEST_F(Retained, AConnectionThatIsLostTakesWhatWasToComeAtQosZero) {
  store(300);
  reader_.connect(1'000);
  reader_.read(0);
  reader_.subscribe("r/#", Qos::at_least_once);
  reader_.vanish();

  reader_.connect(1'000);
  EXPECT_THAT(read_all(reader_), IsEmpty());
  reader_.subscribe("r/#", Qos::at_least_once);
  EXPECT_EQ(topics(read_all(reader_)), topics_from(0, 300)) << "whoever asks again gets all";
}

TEST_F(Retained, AConnectionThatIsLostDoesNotEndThoseThatAreAcknowledged) {
  store(300, Qos::at_least_once);
  reader_.connect(1'000, 10);
  reader_.subscribe("r/#", Qos::at_least_once);
  const auto first = reader_.take();
  EXPECT_EQ(topics(first), topics_from(0, 10));
  for (int i = 0; i < 5; ++i) reader_.acknowledge(first[static_cast<std::size_t>(i)].packet_id);
  EXPECT_EQ(topics(reader_.take()), topics_from(10, 15));
  reader_.vanish();

  reader_.connect(1'000, 10);
  desk_.run();
  std::vector<std::string> come;
  for (auto received = read_all(reader_); !received.empty(); received = reader_.take()) {
    for (const auto& each : received) {
      come.push_back(each.topic);
      reader_.acknowledge(each.packet_id);
    }
  }

  EXPECT_EQ(come, topics_from(5, 300));
}

TEST_F(Retained, TheWindowOfTheClientHolds) {
  store(500, Qos::at_least_once);
  reader_.connect(0, 2);
  reader_.subscribe("r/#", Qos::at_least_once);

  std::vector<std::string> come;
  for (auto received = reader_.take(); !received.empty(); received = reader_.take()) {
    EXPECT_LE(received.size(), 2U);
    EXPECT_LE(desk_.most_queued(), 100U) << "they wait in the store, and not in the queue";
    for (const auto& each : received) {
      come.push_back(each.topic);
      EXPECT_EQ(each.qos, Qos::at_least_once);
    }
    for (const auto& each : received) reader_.acknowledge(each.packet_id);
  }

  EXPECT_EQ(come, topics_from(0, 500));
}

TEST_F(Retained, WhatIsPublishedDoesNotWaitForThem) {
  store(2'000, Qos::at_least_once);
  reader_.connect(0, 10);
  reader_.read(0);
  reader_.subscribe("r/#", Qos::at_most_once);
  reader_.subscribe("live", Qos::at_least_once);
  publisher_.publish("live", "now", Qos::at_least_once);

  reader_.read(200'000);

  EXPECT_THAT(topics(reader_.take()), Contains("live"));
  reader_.read(kAll);
  EXPECT_THAT(topics(reader_.take()), Not(Contains("live")));
}

class RetainedWithLittleRoom : public Retained {
 protected:
  static Limits limits() {
    Limits limits;
    limits.session.max_in_flight = 2;
    limits.session.max_queued = 3;
    return limits;
  }
  RetainedWithLittleRoom() : Retained(limits()) {}
};

TEST_F(RetainedWithLittleRoom, AQueueThatIsFullHoldsThemUp) {
  store(100, Qos::at_least_once);
  reader_.connect();
  reader_.subscribe("r/#", Qos::at_least_once);

  std::vector<std::string> come;
  for (auto received = reader_.take(); !received.empty(); received = reader_.take()) {
    for (const auto& each : received) {
      come.push_back(each.topic);
      EXPECT_LE(desk_.most_queued(), 3U);
      reader_.acknowledge(each.packet_id);
    }
  }

  EXPECT_EQ(come, topics_from(0, 100));
}

}  // namespace
}  // namespace fastness::gateway
