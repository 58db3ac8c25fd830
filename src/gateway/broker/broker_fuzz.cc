// Three devices and a vandal against the broker. The input says who does what next: connect (anew
// or again), publish, subscribe, acknowledge in any order, vanish, let time pass. After every step
// what each client has received must be what a simple model of MQTT says: every message to whom it
// is due and to nobody else, QoS 2 once, in order, queues bounded, answers to everything asked. The
// vandal sends bytes of the input; nobody else may notice.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "gateway/testing/desk.h"
#include "gateway/testing/session_model.h"
#include "mqtt/wire/decoder.h"
#include "mqtt/wire/encoder.h"

namespace {

using namespace fastness;
using gateway::testing::Desk;
using gateway::testing::Expected;
using gateway::testing::ModelSession;
using gateway::testing::ModelWill;
using gateway::testing::SessionModel;
using mqtt::PacketType;
using mqtt::Qos;
using mqtt::ReasonCode;

constexpr std::array<std::string_view, 4> kTopics{"t/0", "t/1", "t", "u"};
constexpr std::array<std::string_view, 5> kFilters{"t/0", "t/+", "t/#", "t/1", "u"};
constexpr std::size_t kMostSteps = 300;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

gateway::Limits limits() {
  gateway::Limits made;
  made.session.max_in_flight = SessionModel::kMostInFlight;
  made.session.max_queued = SessionModel::kMostQueued;
  made.max_session_expiry = std::chrono::seconds{1'000};
  return made;
}

// The choices that the input makes; zero when it is at its end.
class Choices {
 public:
  explicit Choices(ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] bool is_over() const { return bytes_.empty(); }
  std::size_t next(std::size_t count) {
    if (bytes_.empty()) return 0;
    const std::size_t chosen = bytes_[0] % count;
    bytes_ = bytes_.subspan(1);
    return chosen;
  }
  ByteView some(std::size_t most) {
    const ByteView taken = bytes_.first(std::min(most, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  ByteView bytes_;
};

struct Client {
  std::string id;
  mqtt::Version version = mqtt::Version::v5;
  std::uint64_t connection = 0;
  std::uint16_t last_id = 100;
  std::optional<bool> session_present;  // of a CONNACK in this step
  std::map<std::pair<PacketType, std::uint16_t>, int> answers;
  std::vector<ReasonCode> granted;
  std::set<std::uint16_t> sent;  // QoS 2 on this connection; sending again is for the next one
};

class Game {
 public:
  explicit Game(Choices choices) : choices_(choices) {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      Uuid::Bytes bytes{};
      bytes[0] = static_cast<std::uint8_t>(i + 1);
      clients_[i].id = Uuid(bytes).to_text();
    }
  }

  void play() {
    for (std::size_t i = 0; i < kMostSteps && !choices_.is_over(); ++i) {
      step();
      check();
    }
    // Everybody comes back and takes what waits: nothing that was promised may be missing.
    for (std::size_t who = 0; who < SessionModel::kClients; ++who) {
      if (!model_.exists(who)) continue;
      if (!model_.at(who).is_connected) connect(who, false, 500, 3);
      check();
      while (!model_.at(who).in_flight.empty()) {
        acknowledge(who, first_heard(who));
        check();
      }
      require(model_.at(who).waiting.empty(), "a message was left behind");
    }
  }

 private:
  void step() {
    const std::size_t who = choices_.next(SessionModel::kClients);
    const std::size_t what = choices_.next(12);
    if (what == 0) return vandalise();
    if (what == 1) return pass_time();
    const bool is_up = model_.exists(who) && model_.at(who).is_connected;
    if (what == 2 || !is_up) {
      const bool clean = choices_.next(2) == 1;
      const std::uint64_t life = choices_.next(3) * 250;
      return connect(who, clean, life, 1 + choices_.next(4));
    }
    if (what <= 4) return subscribe(who);
    if (what == 5) return unsubscribe(who);
    if (what <= 7) return publish(who);
    if (what == 8) return release(who);
    if (what <= 10) return acknowledge(who, choices_.next(4));
    leave(who);
  }

  template <typename T>
  void send(Client& client, const T& packet) {
    if (!desk_.is_open(client.connection)) return;
    Bytes& out = desk_.transport(client.connection).to_server;
    if constexpr (std::is_same_v<T, mqtt::Connect>) {
      encode(packet, out);
    } else {
      encode(packet, client.version, out);
    }
  }

  // --- what clients do --------------------------------------------------------------------------

  void connect(std::size_t who, bool clean, std::uint64_t life, std::size_t window) {
    Client& client = clients_[who];
    const std::uint64_t old =
        model_.exists(who) && model_.at(who).is_connected ? std::exchange(client.connection, 0) : 0;
    client.version = choices_.next(2) == 0 ? mqtt::Version::v5 : mqtt::Version::v311;
    client.connection = desk_.open();
    client.session_present.reset();
    client.answers.clear();
    client.sent.clear();
    mqtt::Connect packet;
    packet.version = client.version;
    packet.client_id = client.id;
    packet.username = client.id;
    packet.password = "secret";
    packet.clean_start = clean;
    packet.keep_alive = 3'600;
    if (client.version == mqtt::Version::v5) {
      packet.properties.session_expiry = static_cast<std::uint32_t>(life);
      packet.properties.receive_maximum = static_cast<std::uint16_t>(window);
    } else {
      life = clean ? 0 : 1'000;
      window = SessionModel::kMostInFlight;
    }
    std::optional<ModelWill> will;
    std::string text;
    if (choices_.next(3) == 0) {
      will = ModelWill{std::string(kTopics[choices_.next(kTopics.size())]), ++last_number_,
                       static_cast<Qos>(choices_.next(2))};
      text = std::to_string(will->number);
      packet.will = mqtt::Will{will->topic, text, will->qos, false, {}};
    }
    send(client, packet);
    const bool present =
        model_.connect(who, clean, life, std::min(window, SessionModel::kMostInFlight), will);
    desk_.run();
    require(old == 0 || !desk_.is_open(old), "a session has two connections");
    listen();
    require(client.session_present == present, "session present is wrong");
  }

  void subscribe(std::size_t who) {
    Client& client = clients_[who];
    const std::string filter(kFilters[choices_.next(kFilters.size())]);
    const Qos qos = static_cast<Qos>(choices_.next(3));
    mqtt::Subscribe packet;
    packet.packet_id = ++client.last_id;
    packet.entries.push_back({filter, {qos, false, false, mqtt::RetainHandling::send}});
    client.granted.clear();
    send(client, packet);
    desk_.run();
    // What is retained comes after SUBACK, so the model must know of it before it listens.
    model_.at(who).filters[filter] = qos;
    SessionModel::forget(model_.at(who), filter);
    if (retained_ && SessionModel::matches(filter, retained_->topic)) {
      SessionModel::owe(model_.at(who), filter, retained_->number, std::min(qos, retained_->qos));
    }
    listen();
    require(client.granted == std::vector{mqtt::granted(qos)}, "SUBSCRIBE was not granted");
  }

  void unsubscribe(std::size_t who) {
    Client& client = clients_[who];
    const std::string filter(kFilters[choices_.next(kFilters.size())]);
    mqtt::Unsubscribe packet;
    packet.packet_id = ++client.last_id;
    packet.filters.push_back(filter);
    send(client, packet);
    desk_.run();
    model_.at(who).filters.erase(filter);
    SessionModel::forget(model_.at(who), filter);
    listen();
    require(client.answers[{PacketType::unsuback, packet.packet_id}] == 1, "no UNSUBACK");
  }

  void publish(std::size_t who) {
    Client& client = clients_[who];
    ModelSession& session = model_.at(who);
    const std::string topic(kTopics[choices_.next(kTopics.size())]);
    const Qos qos = static_cast<Qos>(choices_.next(3));
    const std::string text = std::to_string(++last_number_);
    mqtt::Publish packet;
    packet.topic = topic;
    packet.payload = as_bytes(text);
    packet.qos = qos;
    packet.retain = topic == kTopics[0] && choices_.next(4) == 0;
    if (qos == Qos::at_least_once) packet.packet_id = ++client.last_id;
    if (qos == Qos::exactly_once) {
      packet.packet_id = static_cast<std::uint16_t>(1 + choices_.next(4));
      packet.duplicate = session.incoming.contains(packet.packet_id);
      if (!client.sent.insert(packet.packet_id).second) return;
    }
    send(client, packet);
    desk_.run();
    if (!packet.duplicate) {
      if (qos == Qos::exactly_once) session.incoming.insert(packet.packet_id);
      if (packet.retain) {
        retained_ = ModelWill{topic, last_number_, qos};
        model_.retain(last_number_);
      }
      model_.publish(topic, last_number_, qos);
    }
    const auto answer = qos == Qos::at_least_once ? PacketType::puback : PacketType::pubrec;
    client.answers.erase({answer, packet.packet_id});
    listen();
    require(qos == Qos::at_most_once || client.answers[{answer, packet.packet_id}] == 1,
            "PUBLISH was not answered once");
  }

  void release(std::size_t who) {
    Client& client = clients_[who];
    const auto packet_id = static_cast<std::uint16_t>(1 + choices_.next(4));
    send(client, mqtt::Acknowledgement{PacketType::pubrel, packet_id, {}, {}});
    model_.at(who).incoming.erase(packet_id);
    client.sent.erase(packet_id);
    client.answers.erase({PacketType::pubcomp, packet_id});
    desk_.run();
    listen();
    require(client.answers[{PacketType::pubcomp, packet_id}] == 1, "PUBREL was not answered once");
  }

  // The first message in flight that has come: those before it may wait until it is done with. If
  // none has, check() has said so.
  std::size_t first_heard(std::size_t who) {
    const auto& in_flight = model_.at(who).in_flight;
    const auto found = std::ranges::find_if(in_flight, &Expected::is_seen_on_this_one);
    return static_cast<std::size_t>(found - in_flight.begin());
  }

  // Says the next word about a message in flight: PUBACK, PUBREC or PUBCOMP.
  void acknowledge(std::size_t who, std::size_t index) {
    ModelSession& session = model_.at(who);
    if (session.in_flight.empty()) return;
    index %= session.in_flight.size();
    if (!session.in_flight[index].is_seen_on_this_one) return;  // it comes when there is room
    Expected& message = session.in_flight[index];
    mqtt::Acknowledgement packet{PacketType::puback, message.packet_id, {}, {}};
    if (message.qos == Qos::exactly_once) {
      packet.type = message.is_released ? PacketType::pubcomp : PacketType::pubrec;
    }
    send(clients_[who], packet);
    if (packet.type == PacketType::pubrec) {
      message.is_released = true;
      message.is_seen_on_this_one = false;
    } else {
      SessionModel::settle(session, index);
    }
    desk_.run();
    listen();
  }

  void leave(std::size_t who) {
    Client& client = clients_[who];
    const bool proper = choices_.next(2) == 0;
    if (proper) send(client, mqtt::Disconnect{});
    desk_.transport(client.connection).is_gone = true;
    model_.disconnect(who, proper ? SessionModel::End::proper : SessionModel::End::lost);
    desk_.run();
    require(!desk_.is_open(client.connection), "a connection outlives its client");
    client.connection = 0;
    listen();
  }

  void pass_time() {
    const std::uint64_t seconds = 1 + choices_.next(250) * 2;
    model_.advance(seconds);
    desk_.advance(std::chrono::seconds{seconds});
    for (Client& client : clients_) send(client, mqtt::Pingreq{});
    desk_.run();
    listen();
  }

  void vandalise() {
    if (!desk_.is_open(vandal_)) vandal_ = desk_.open();
    const ByteView noise = choices_.some(choices_.next(64));
    Bytes& out = desk_.transport(vandal_).to_server;
    out.insert(out.end(), noise.begin(), noise.end());
    desk_.run();
    listen();
  }

  // --- what clients hear ------------------------------------------------------------------------

  void listen() {
    for (std::size_t who = 0; who < SessionModel::kClients; ++who) {
      Client& client = clients_[who];
      if (!desk_.is_open(client.connection)) continue;
      const Bytes heard = std::exchange(desk_.transport(client.connection).to_client, {});
      ByteView rest = heard;
      while (!rest.empty()) {
        const auto frame = mqtt::next_frame(rest, 1'000);
        require(frame && *frame, "the server sends no packet");
        auto packet = mqtt::decode(**frame, client.version);
        require(packet.has_value(), "the server sends a malformed packet");
        hear(who, *packet);
        rest = rest.subspan((*frame)->size);
      }
    }
  }

  void hear(std::size_t who, const mqtt::Packet& packet) {
    Client& client = clients_[who];
    if (const auto* connack = std::get_if<mqtt::Connack>(&packet)) {
      require(connack->reason == ReasonCode::success, "CONNECT was refused");
      client.session_present = connack->session_present;
    } else if (const auto* suback = std::get_if<mqtt::Suback>(&packet)) {
      client.granted = suback->reasons;
    } else if (const auto* unsuback = std::get_if<mqtt::Unsuback>(&packet)) {
      ++client.answers[{PacketType::unsuback, unsuback->packet_id}];
    } else if (const auto* ack = std::get_if<mqtt::Acknowledgement>(&packet)) {
      if (ack->type == PacketType::pubrel) return hear_release(who, ack->packet_id);
      ++client.answers[{ack->type, ack->packet_id}];
    } else if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) {
      hear_message(who, *publish);
    } else {
      require(std::holds_alternative<mqtt::Pingresp>(packet), "an honest client is sent away");
    }
  }

  void hear_release(std::size_t who, std::uint16_t packet_id) {
    for (Expected& each : model_.at(who).in_flight) {
      if (each.packet_id != packet_id || !each.is_released) continue;
      require(!each.is_seen_on_this_one, "PUBREL came twice");
      each.is_seen_on_this_one = true;
      return;
    }
    require(false, "PUBREL of what is not in flight");
  }

  void hear_message(std::size_t who, const mqtt::Publish& packet) {
    ModelSession& session = model_.at(who);
    const auto number =
        static_cast<std::uint32_t>(std::stoul(std::string(as_text(packet.payload))));
    if (packet.qos == Qos::at_most_once) {
      require(!session.now.empty() && session.now.front() == number, "QoS 0 out of turn");
      session.now.pop_front();
      return;
    }
    // The first that has not come on this connection: order holds, again or for the first time.
    for (Expected& each : session.in_flight) {
      if (each.is_seen_on_this_one || each.is_released) continue;
      require(each.number == number && each.qos == packet.qos, "a message out of turn");
      require(packet.duplicate == (each.packet_id != 0), "DUP is wrong");
      require(each.packet_id == 0 || each.packet_id == packet.packet_id, "another identifier");
      each.packet_id = packet.packet_id;
      each.is_seen_on_this_one = true;
      return;
    }
    require(false, "a message that is nobody's due");
  }

  void check() {
    for (std::size_t who = 0; who < SessionModel::kClients; ++who) {
      if (!model_.exists(who) || !model_.at(who).is_connected) continue;
      const ModelSession& session = model_.at(who);
      require(desk_.is_open(clients_[who].connection), "an honest client was cut");
      require(session.now.empty(), "a QoS 0 message did not come");
      // A client that comes back with a smaller window gets no more of them at once (3.3.4).
      const auto is_out = [](const Expected& each) {
        return each.is_seen_on_this_one || each.is_released;
      };
      const auto out = std::ranges::count_if(session.in_flight, is_out);
      const bool is_full = static_cast<std::size_t>(out) >= session.window;
      for (const Expected& each : session.in_flight) {
        const bool may_wait = is_full && !each.is_released;
        require(each.is_seen_on_this_one || may_wait, "a message did not come");
      }
    }
    require(desk_.most_queued() <= SessionModel::kMostQueued, "a queue is over its limit");
  }

  Choices choices_;
  Desk desk_{limits(), OrganisationId(Uuid(Uuid::Bytes{9}))};
  SessionModel model_;
  std::array<Client, SessionModel::kClients> clients_;
  std::uint64_t vandal_ = 0;
  std::uint32_t last_number_ = 0;
  std::optional<ModelWill> retained_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Game(Choices(ByteView(data, size))).play();
  return 0;
}
