// A power cut at every write and sync in turn: clients, gateway, journal and checkpoint together.

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>

#include <gtest/gtest.h>

#include "gateway/store/session_store.h"
#include "gateway/testing/hub.h"
#include "gateway/tests/disk_test.h"
#include "journal/testing/open_journal.h"
#include "os/testing/faulty_file_system.h"

namespace fastness::gateway {
namespace {

using namespace std::chrono_literals;
using mqtt::PacketType;
using mqtt::Qos;
using os::testing::FaultyFileSystem;
using testing::Hub;

// A client's end of a connection without a network, so that a run takes milliseconds.
class Link final : public http::WebSocket {
 public:
  explicit Link(const FaultyFileSystem& disk) : disk_(disk) {}

  void start(Post post, Events events) override {
    const std::lock_guard lock(mutex_);
    post_ = std::move(post);
    events_ = std::move(events);
  }
  void receive() override {
    change([this] { ++asked_; });
  }
  void send(std::string bytes) override {
    change([&] { received_.insert(received_.end(), bytes.begin(), bytes.end()); });
  }
  [[nodiscard]] std::size_t unsent() const override { return 0; }
  void close(http::CloseCode) override {
    bool was_closed = false;
    change([&] { was_closed = std::exchange(is_closed_, true); });
    if (!was_closed) post_(events_.closed);
  }

  template <typename T>
  void say(const T& packet) {
    Bytes bytes;
    if constexpr (std::is_same_v<T, mqtt::Connect>) {
      encode(packet, bytes);
    } else {
      encode(packet, mqtt::Version::v311, bytes);
    }
    if (!wait([this] { return asked_ != 0; })) return;
    change([this] { --asked_; });
    post_([message = events_.message, text = std::string(as_text(bytes))] { message(text); });
  }

  // The next packet if it is a T; nothing if the connection or the power is gone instead. Its views
  // live until the next call.
  template <typename T>
  std::optional<T> expect() {
    std::size_t size = 0;
    const bool there = wait([&] {
      const auto frame = mqtt::next_frame(received_, mqtt::kMaxVariableInteger);
      size = frame && *frame ? (*frame)->size : 0;
      return size != 0;
    });
    if (!there) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto end = received_.begin() + static_cast<std::ptrdiff_t>(size);
    packet_.assign(received_.begin(), end);
    received_.erase(received_.begin(), end);
    const auto frame = mqtt::next_frame(packet_, mqtt::kMaxVariableInteger);
    auto packet = mqtt::decode(**frame, mqtt::Version::v311);
    if (!packet) return std::nullopt;
    if constexpr (std::is_same_v<T, mqtt::Packet>) {
      return std::move(packet).value();
    } else {
      const T* wanted = std::get_if<T>(&*packet);
      return wanted != nullptr ? std::optional(*wanted) : std::nullopt;
    }
  }

 private:
  template <typename Change>
  void change(const Change& change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  template <typename Condition>
  bool wait(const Condition& condition) {
    std::unique_lock lock(mutex_);
    const auto patience = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
      // Without power nothing comes any more; what is on its way is as good as lost with it.
      if (is_closed_ || disk_.is_off()) return false;
      if (std::chrono::steady_clock::now() > patience) {
        ADD_FAILURE() << "nothing came, and the power is on";
        return false;
      }
      changed_.wait_for(lock, 5ms);
    }
    return true;
  }

  const FaultyFileSystem& disk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Post post_;
  Events events_;
  Bytes received_;
  Bytes packet_;
  int asked_ = 0;
  bool is_closed_ = false;
};

// Lets a gateway, a journal and its clients run on a disk whose power goes at a given call, starts
// them anew, lets the clients finish, and compares what they saw with what they were promised.
class PowerLoss : public ::testing::Test {
 protected:
  struct Outgoing {
    const char* topic;
    std::string payload;
    Qos qos;
    bool retain = false;
    std::uint16_t packet_id = 0;
    enum class State : std::uint8_t { fresh, sent, received, done } state = State::fresh;
    [[nodiscard]] bool is_acknowledged() const { return state >= State::received; }
  };

  PowerLoss() {
    hub_.add_person(1, "ada");
    hub_.other_journal = [this](auto, std::vector<Bytes> payloads, Durability durability,
                                const std::function<void(Result<LogPosition>)>& done) {
      testing::append(*journal_, std::move(payloads), durability, done);
    };
    hub_.gateway->stop();
  }

  // Everything of an earlier run forgotten.
  void begin(std::uint64_t call) {
    const storage::Family family = values_->family(SessionStore::kFamily);
    std::vector<Bytes> keys;
    for (auto at = values_->scan(family, {}); at.is_valid(); at.next()) {
      keys.push_back(to_bytes(at.key()));
    }
    for (const Bytes& key : keys) ASSERT_TRUE(values_->erase(family, key));
    receiver_ = sender_ = willed_link_ = nullptr;
    disk_ = std::make_unique<FaultyFileSystem>(call);
    disk_->cut_power_at(call);
    outgoing_ = {{"t/1", filled("one"), Qos::at_least_once},
                 {"t/2", filled("two"), Qos::exactly_once},
                 {"r/kept", "kept", Qos::at_least_once, true},
                 {"r/gone", filled("gone"), Qos::at_least_once, true},
                 {"r/gone", "", Qos::at_least_once, true},
                 {"u", filled("unwanted"), Qos::at_least_once},
                 {"t/3", filled("three"), Qos::exactly_once},
                 {"t/4", filled("four"), Qos::exactly_once},
                 {"t/5", filled("five"), Qos::at_least_once}};
    for (std::size_t i = 0; i < outgoing_.size(); ++i) {
      outgoing_[i].packet_id = static_cast<std::uint16_t>(i + 1);
    }
    log_.clear();
    unreleased_.clear();
    promised_sessions_.clear();
    subscribed_ = unsubscribed_ = slept_ = willed_ = willed_tried_ = checkpointed_ = false;
  }
  static std::string filled(std::string text) { return text.append(3'000, '.'); }

  // False if the power went on the way.
  bool start() {
    auto opened =
        journal::testing::open_journal(*disk_, hub_.registry.vault, hub_.registry.clock, "g");
    if (!opened) {
      EXPECT_TRUE(disk_->is_off()) << opened.error().message;
      return false;
    }
    journal_ = std::move(opened).value();
    sessions_ = std::make_unique<SessionStore>(*values_, *hub_.registry.keys);
    hub_.registry.clock.advance(1s);
    hub_.make_gateway();
    EXPECT_TRUE(hub_.gateway->restore(*sessions_));
    EXPECT_TRUE(journal_->replay(journal_->checkpoint_of("g"),
                                 [this](journal::Position, const journal::Record& record) {
                                   return hub_.gateway->replay(record.payload);
                                 }));
    hub_.gateway->start();
    return true;
  }
  void end() {
    if (journal_ == nullptr) return;
    disk_->cut_power();
    hub_.gateway->stop();
    hub_.gateway.reset();
    journal_.reset();
  }

  // --- clients ----------------------------------------------------------------------------------

  std::shared_ptr<Link> dial(const mqtt::Connect& packet) {
    auto link = std::make_shared<Link>(*disk_);
    hub_.gateway->adopt(link, "127.0.0.1:1", "1.3");
    link->say(packet);
    const auto connack = link->expect<mqtt::Connack>();
    if (!connack) return nullptr;
    if (connack->reason != mqtt::ReasonCode::success) {
      EXPECT_TRUE(disk_->is_off()) << "refused though the power is on";
      return nullptr;
    }
    const bool lasts = !packet.clean_start;
    if (lasts && promised_sessions_.contains(std::string(packet.client_id))) {
      EXPECT_TRUE(connack->session_present) << packet.client_id << " lost its session";
    }
    if (lasts) promised_sessions_.insert(std::string(packet.client_id));
    return link;
  }
  static mqtt::Connect lasting(std::string_view client_id) {
    mqtt::Connect packet = Hub::person_packet("ada", client_id);
    packet.clean_start = false;
    return packet;
  }

  // Brings the receiver to where it is subscribed to t/# and not to u.
  bool subscribe() {
    receiver_ = dial(lasting("receiver"));
    if (receiver_ == nullptr) return false;
    if (!subscribed_) {
      const mqtt::SubscriptionOptions options{Qos::exactly_once, false, false, {}};
      receiver_->say(mqtt::Subscribe{1, {{"t/#", options}, {"u", options}}, {}});
      if (!receiver_->expect<mqtt::Suback>()) return false;
      subscribed_ = true;
    }
    if (!unsubscribed_) {
      receiver_->say(mqtt::Unsubscribe{2, {"u"}, {}});
      if (!receiver_->expect<mqtt::Unsuback>()) return false;
      unsubscribed_ = true;
    }
    if (!slept_) receiver_->say(mqtt::Disconnect{});
    return true;
  }

  // Somebody whose last message nobody is to see before the crash.
  bool connect_willed() {
    if (std::exchange(willed_tried_, true)) return true;
    mqtt::Connect packet = Hub::person_packet("ada", "willed");
    packet.keep_alive = 10;
    packet.will = mqtt::Will{};
    packet.will->topic = "t/will";
    packet.will->payload = as_text(as_bytes("gone"));
    packet.will->qos = Qos::at_least_once;
    willed_link_ = dial(packet);
    willed_ = willed_link_ != nullptr;
    return willed_;
  }

  bool publish(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      if (!publish(outgoing_[i])) return false;
    }
    return true;
  }
  bool publish(Outgoing& message) {
    using State = Outgoing::State;
    if (message.state <= State::sent) {
      mqtt::Publish packet;
      packet.topic = message.topic;
      packet.payload = as_bytes(message.payload);
      packet.qos = message.qos;
      packet.retain = message.retain;
      packet.packet_id = message.packet_id;
      packet.duplicate = message.state == State::sent;
      message.state = State::sent;
      sender_->say(packet);
      if (!sender_->expect<mqtt::Acknowledgement>()) return false;
      message.state = message.qos == Qos::exactly_once ? State::received : State::done;
    }
    if (message.state == State::received) {
      sender_->say(mqtt::Acknowledgement{PacketType::pubrel, message.packet_id, {}, {}});
      if (!sender_->expect<mqtt::Acknowledgement>()) return false;
      message.state = State::done;
    }
    return true;
  }

  // Takes in what comes until `topic` has come and every QoS 2 exchange is over.
  bool receive_until(std::string_view topic) {
    const auto is_over = [&] {
      return unreleased_.empty() && std::ranges::any_of(log_, [&](const std::string& line) {
               return line.starts_with(std::string(topic) + "=");
             });
    };
    while (!is_over()) {
      const auto packet = receiver_->expect<mqtt::Packet>();
      if (!packet) return false;
      if (const auto* publish = std::get_if<mqtt::Publish>(&*packet)) {
        receive(*publish);
      } else if (const auto* ack = std::get_if<mqtt::Acknowledgement>(&*packet)) {
        EXPECT_EQ(ack->type, PacketType::pubrel);
        unreleased_.erase(ack->packet_id);
        receiver_->say(mqtt::Acknowledgement{PacketType::pubcomp, ack->packet_id, {}, {}});
      }
    }
    return true;
  }
  void receive(const mqtt::Publish& publish) {
    const std::uint16_t id = publish.packet_id;
    const bool is_new = publish.qos != Qos::exactly_once || unreleased_.insert(id).second;
    if (is_new) {
      log_.push_back(std::string(publish.topic) + "=" + std::string(as_text(publish.payload)));
    }
    const auto type = publish.qos == Qos::exactly_once ? PacketType::pubrec : PacketType::puback;
    receiver_->say(mqtt::Acknowledgement{type, id, {}, {}});
  }

  // Lets the journal forget what the store holds.
  bool checkpoint() {
    if (checkpointed_) return true;
    std::promise<Result<LogPosition>> done;
    hub_.gateway->checkpoint(
        *sessions_, journal_->status().next, [](const std::function<void()>& work) { work(); },
        [&](Result<LogPosition> result) { done.set_value(std::move(result)); });
    const auto position = done.get_future().get();
    EXPECT_TRUE(position);
    if (position) journal_->checkpoint("g", *position);
    checkpointed_ = true;
    return !disk_->is_off();
  }

  // The story, from where the clients are to its end; false if the power went on the way.
  bool go_on() {
    if (!subscribe() || !connect_willed()) return false;
    sender_ = dial(lasting("sender"));
    if (sender_ == nullptr || !publish(0, 5)) return false;
    if (!checkpoint() || !publish(5, 7)) return false;
    if (!std::exchange(slept_, true) && (receiver_ = dial(lasting("receiver"))) == nullptr) {
      return false;
    }
    if (!receive_until("t/3")) return false;
    return publish(7, 9) && receive_until("t/5");
  }

  // --- what was promised ------------------------------------------------------------------------

  void check_retained() {
    auto reader = dial(Hub::person_packet("ada", "reader"));
    ASSERT_NE(reader, nullptr);
    const mqtt::SubscriptionOptions options{Qos::at_most_once, false, false, {}};
    reader->say(mqtt::Subscribe{1, {{"r/#", options}}, {}});
    ASSERT_TRUE(reader->expect<mqtt::Suback>());
    reader->say(mqtt::Pingreq{});
    std::map<std::string, std::string> found;
    for (;;) {
      const auto packet = reader->expect<mqtt::Packet>();
      const auto* publish = packet ? std::get_if<mqtt::Publish>(&*packet) : nullptr;
      if (publish == nullptr) break;
      found.emplace(publish->topic, as_text(publish->payload));
    }
    const Outgoing& kept = outgoing_[2];
    const Outgoing& set = outgoing_[3];
    const Outgoing& removed = outgoing_[4];
    if (kept.is_acknowledged()) {
      EXPECT_TRUE(found.contains("r/kept"));
    }
    if (found.contains("r/kept")) {
      EXPECT_EQ(found["r/kept"], "kept");
    }
    if (set.is_acknowledged() && removed.state == Outgoing::State::fresh) {
      EXPECT_TRUE(found.contains("r/gone"));
    }
    if (removed.is_acknowledged()) {
      EXPECT_FALSE(found.contains("r/gone"));
    }
    if (found.contains("r/gone")) {
      EXPECT_EQ(found["r/gone"], filled("gone"));
    }
  }

  // Of a client that was let in and then heard of no more.
  void check_will() {
    hub_.registry.clock.advance(15s);
    EXPECT_TRUE(receive_until("t/will"));
    EXPECT_EQ(log_.back(), "t/will=gone");
  }

  void check_log() {
    std::map<std::string, int> times;
    for (const std::string& line : log_) ++times[line];
    for (const Outgoing& message : outgoing_) {
      const std::string line = std::string(message.topic) + "=" + message.payload;
      const int count = std::exchange(times[line], 0);
      if (!std::string_view(message.topic).starts_with("t/")) {
        EXPECT_EQ(count, 0) << message.topic << " was for nobody";
      } else if (message.qos == Qos::exactly_once) {
        EXPECT_EQ(count, 1) << message.topic;
      } else {
        EXPECT_GE(count, 1) << message.topic;
      }
    }
    for (const auto& [line, count] : times) EXPECT_EQ(count, 0) << "nobody sent " << line;
  }

  Hub hub_;
  std::unique_ptr<storage::KeyValueStore> values_ =
      storage::KeyValueStore::open({.directory = hub_.registry.directory / "gateway",
                                    .families = {std::string(SessionStore::kFamily)}})
          .value();
  std::unique_ptr<SessionStore> sessions_;
  std::unique_ptr<FaultyFileSystem> disk_;
  std::unique_ptr<journal::Journal> journal_;
  // Shared with the gateway's transports.
  std::shared_ptr<Link> receiver_;
  std::shared_ptr<Link> sender_;
  std::shared_ptr<Link> willed_link_;

  std::vector<Outgoing> outgoing_;
  std::vector<std::string> log_;        // what the receiver's application has seen
  std::set<std::uint16_t> unreleased_;  // QoS 2 messages that it has and we have not released
  std::set<std::string> promised_sessions_;
  bool subscribed_ = false;
  bool unsubscribed_ = false;
  bool slept_ = false;
  bool willed_ = false;
  bool willed_tried_ = false;
  bool checkpointed_ = false;
};

TEST_F(PowerLoss, AtAnyCallLosesNothingAndRepeatsNothing) {
  constexpr std::uint64_t kMoreThanThereAre = 1'000;
  std::uint64_t call = 1;
  for (bool was_cut = true; was_cut && !HasFailure(); ++call) {
    SCOPED_TRACE("power cut at call " + std::to_string(call));
    ASSERT_LT(call, kMoreThanThereAre);
    begin(call);
    const bool is_finished = start() && go_on();
    was_cut = disk_->is_off();
    EXPECT_TRUE(is_finished || was_cut);
    end();
    disk_->restore_power();

    ASSERT_TRUE(start());
    check_retained();
    ASSERT_TRUE(go_on());
    check_log();
    // One run in eight: the gateway looks at the time twenty times a second.
    if (willed_ && call % 8 == 0) check_will();
    end();
  }
  // About sixty: which records share a sync differs from run to run.
  EXPECT_GT(call, 40U) << "the story was cut at every call it makes, and it makes more than that";
}

}  // namespace
}  // namespace fastness::gateway
