// What MQTT promises three clients, in the plainest words: no trees, no bytes, no packets. The
// fuzzer holds the broker against it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mqtt/wire/types.h"

namespace fastness::gateway::testing {

// A message on its way to one client. Numbers are unique, so that each copy can be told.
struct Expected {
  std::uint32_t number;
  mqtt::Qos qos;
  bool is_released = false;          // the client has said PUBREC: only PUBREL may come
  std::uint16_t packet_id = 0;       // once it has been seen
  bool is_seen_on_this_one = false;  // connection: PUBLISH, or PUBREL if released
};

struct ModelWill {
  std::string topic;
  std::uint32_t number;
  mqtt::Qos qos;
};

// The retained message that a subscription is owed, because there was no room for it in the queue.
struct Owed {
  std::string filter;
  std::uint32_t number;
  mqtt::Qos qos;
  bool has_outlived = false;  // the connection that asked for it
};

struct ModelSession {
  std::map<std::string, mqtt::Qos> filters;
  bool is_durable = false;
  bool is_connected = false;
  std::size_t window = 0;
  std::uint64_t ends = 0;          // while disconnected, in seconds
  std::uint64_t life = 0;          // beyond the connection, in seconds
  std::deque<std::uint32_t> now;   // QoS 0: must arrive in this turn
  std::deque<Expected> in_flight;  // in the order of sending
  std::deque<Expected> waiting;
  std::deque<Owed> owed;
  std::set<std::uint16_t> incoming;  // QoS 2 messages not released by the client
  std::optional<ModelWill> will;
};

class SessionModel {
 public:
  static constexpr std::size_t kClients = 3;
  static constexpr std::size_t kMostQueued = 4;
  static constexpr std::size_t kMostInFlight = 3;

  [[nodiscard]] bool exists(std::size_t client) const { return sessions_[client].has_value(); }
  [[nodiscard]] ModelSession& at(std::size_t client) { return *sessions_[client]; }

  // Whether a topic matches a filter, level by level (4.7).
  [[nodiscard]] static bool matches(const std::string& filter, const std::string& topic) {
    const auto levels = [](const std::string& text) {
      std::vector<std::string> all{""};
      for (const char c : text) {
        if (c == '/') {
          all.emplace_back();
        } else {
          all.back() += c;
        }
      }
      return all;
    };
    const auto f = levels(filter);
    const auto t = levels(topic);
    for (std::size_t i = 0; i < f.size(); ++i) {
      if (f[i] == "#") return true;
      if (i >= t.size() || (f[i] != "+" && f[i] != t[i])) return false;
    }
    return f.size() == t.size();
  }

  // Returns whether a session was there.
  bool connect(std::size_t client, bool is_clean, std::uint64_t life, std::size_t window,
               std::optional<ModelWill> will) {
    std::optional<ModelWill> old_will;
    if (exists(client) && at(client).is_connected) {
      if (is_clean) at(client).is_durable = false;
      old_will = lose(client);
    }
    // A QoS 0 will goes out before the new connection is there, any other after the journal has it.
    if (old_will && old_will->qos == mqtt::Qos::at_most_once) {
      publish(old_will->topic, old_will->number, old_will->qos);
      old_will.reset();
    }
    if (is_clean) sessions_[client].reset();
    const bool present = exists(client);
    if (!present) sessions_[client].emplace();
    // CONNACK waits for the journal if there is something to keep, and the journal has the will
    // before: it finds the session as it was left, with nobody there to hear it at QoS 0.
    const bool is_late = life != 0 || will;
    if (old_will && is_late) publish(old_will->topic, old_will->number, old_will->qos);
    ModelSession& session = at(client);
    session.is_durable = life != 0;
    session.life = life;
    session.is_connected = true;
    session.window = window;
    session.will = std::move(will);
    for (Expected& each : session.in_flight) each.is_seen_on_this_one = false;
    fill(session);
    if (old_will && !is_late) publish(old_will->topic, old_will->number, old_will->qos);
    return present;
  }

  enum class End : std::uint8_t { proper, lost };
  void disconnect(std::size_t client, End end) {
    if (end == End::proper) at(client).will.reset();
    const auto will = lose(client);
    if (will) publish(will->topic, will->number, will->qos);
  }

  void publish(const std::string& topic, std::uint32_t number, mqtt::Qos qos) {
    for (auto& session : sessions_) {
      if (!session) continue;
      std::optional<mqtt::Qos> best;
      for (const auto& [filter, granted] : session->filters) {
        if (matches(filter, topic)) best = std::max(best.value_or(granted), granted);
      }
      if (best) deliver(*session, number, std::min(qos, *best));
    }
  }

  static void deliver(ModelSession& session, std::uint32_t number, mqtt::Qos qos) {
    if (qos == mqtt::Qos::at_most_once) {
      if (session.is_connected) session.now.push_back(number);
      return;
    }
    if (!session.is_connected && !session.is_durable) return;
    if (session.waiting.size() >= kMostQueued) return;
    session.waiting.push_back({number, qos});
    fill(session);
  }

  // A subscription is to be sent what is retained.
  static void owe(ModelSession& session, const std::string& filter, std::uint32_t number,
                  mqtt::Qos qos) {
    forget(session, filter);
    session.owed.push_back({filter, number, qos});
    fill(session);
  }
  // It is not, any more; who waited behind it does not have to.
  static void forget(ModelSession& session, const std::string& filter) {
    std::erase_if(session.owed, [&](const Owed& each) { return each.filter == filter; });
    fill(session);
  }
  // Another message is retained instead of any other.
  void retain(std::uint32_t number) {
    for (auto& session : sessions_) {
      if (!session) continue;
      std::erase_if(session->owed, [&](const Owed& each) { return each.number != number; });
    }
  }

  static void settle(ModelSession& session, std::size_t index) {
    session.in_flight.erase(session.in_flight.begin() + static_cast<std::ptrdiff_t>(index));
    fill(session);
  }

  void advance(std::uint64_t seconds) {
    now_ += seconds;
    for (auto& session : sessions_) {
      if (session && !session->is_connected && session->ends <= now_) session.reset();
    }
  }

 private:
  // The connection ends; the will that is due then.
  std::optional<ModelWill> lose(std::size_t client) {
    ModelSession& session = at(client);
    session.is_connected = false;
    session.now.clear();
    for (Owed& each : session.owed) each.has_outlived = true;
    session.ends = now_ + session.life;
    std::optional<ModelWill> will = std::move(session.will);
    session.will.reset();
    if (!session.is_durable) sessions_[client].reset();
    return will;
  }

  static void fill(ModelSession& session) {
    if (!session.is_connected) return;
    send_waiting(session);
    while (!session.owed.empty()) {
      const Owed& next = session.owed.front();
      if (next.qos != mqtt::Qos::at_most_once) {
        if (session.waiting.size() >= kMostQueued) return;
        session.waiting.push_back({next.number, next.qos});
        send_waiting(session);
      } else if (!next.has_outlived) {
        session.now.push_back(next.number);
      }
      session.owed.pop_front();
    }
  }
  static void send_waiting(ModelSession& session) {
    while (!session.waiting.empty() && session.in_flight.size() < session.window) {
      session.in_flight.push_back(session.waiting.front());
      session.waiting.pop_front();
    }
  }

  std::array<std::optional<ModelSession>, kClients> sessions_;
  std::uint64_t now_ = 0;
};

}  // namespace fastness::gateway::testing
