#include <algorithm>
#include <charconv>
#include <cstring>

#include "fleet.h"
#include "marks.h"
#include "shapes.h"

namespace fastness::load {
namespace {

constexpr std::int64_t kPatience = 10 * kSecond;

// Who publishes to which topic, who listens to which.
struct Plan {
  std::vector<std::string> publish;    // by connection; empty: does not publish
  std::vector<std::string> subscribe;  // by connection; empty: does not listen
  long deliveries_each = 1;            // of one message

  void add(std::string publishes, std::string listens) {
    publish.push_back(std::move(publishes));
    subscribe.push_back(std::move(listens));
  }
};

Plan plan_of(const Options& options) {
  Plan plan;
  const auto topic = [](int i) { return "bench/" + std::to_string(i); };
  for (int i = 0; i < options.clients; ++i) {
    if (options.shape == "fan-in") {
      plan.add(topic(i), "");
    } else if (options.shape == "fan-out") {
      plan.add("", topic(0));
    } else {
      plan.add(topic(i), "");
      plan.add("", topic(i));
    }
  }
  if (options.shape == "fan-in") plan.add("", "bench/+");
  if (options.shape == "fan-out") {
    plan.add(topic(0), "");
    plan.deliveries_each = options.clients;
  }
  return plan;
}

class Traffic {
 public:
  explicit Traffic(const Options& options)
      : options_(options),
        plan_(plan_of(options)),
        fleet_(options),
        payload_(static_cast<std::size_t>(options.size), 'x'),
        in_flight_(plan_.publish.size(), 0) {
    for (std::size_t i = 0; i < plan_.publish.size(); ++i) {
      if (!plan_.publish[i].empty()) publishers_.push_back(i);
    }
  }

  void run() {
    std::vector<Role> roles;
    for (std::size_t i = 0; i < plan_.publish.size(); ++i) {
      roles.push_back(fleet_.role(i));
      if (!plan_.subscribe[i].empty()) roles.back().filters.push_back(plan_.subscribe[i]);
    }
    fleet_.open(std::move(roles));
    Mark("ready").figure("connections", static_cast<double>(fleet_.size())).print_and_wait();
    for (int round = 1; round <= options_.rounds; ++round) {
      const std::int64_t begun = now_nanoseconds();
      options_.rate > 0 ? push_at_rate() : push_in_closed_loop();
      report("round-" + std::to_string(round), now_nanoseconds() - begun);
    }
    fleet_.close_all();
  }

 private:
  void report(const std::string& name, std::int64_t took) {
    Mark mark(name);
    mark.figure("delivered", static_cast<double>(delivered_))
        .figure("seconds", static_cast<double>(took) / kSecond);
    if (options_.rate > 0) {
      const auto percentile = [](std::vector<std::int64_t>& values, double share) {
        std::ranges::sort(values);
        const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
        return static_cast<double>(values[at]) / 1e3;
      };
      mark.figure("latency_p50_us", percentile(latencies_, 0.5))
          .figure("latency_p99_us", percentile(latencies_, 0.99))
          .figure("late_p50_us", percentile(delays_, 0.5))
          .figure("late_p99_us", percentile(delays_, 0.99));
    }
    mark.print_and_wait();
    sent_ = delivered_ = 0;
    latencies_.clear();
    delays_.clear();
  }

  [[nodiscard]] long wanted() const { return options_.messages * plan_.deliveries_each; }

  void push_in_closed_loop() {
    for (const std::size_t publisher : publishers_) top_up(publisher);
    while (delivered_ < wanted()) take_some(now_nanoseconds() + kPatience);
  }

  void push_at_rate() {
    const std::int64_t begun = now_nanoseconds();
    while (delivered_ < wanted()) {
      const std::int64_t due = begun + sent_ * kSecond / options_.rate;
      const std::int64_t now = now_nanoseconds();
      if (sent_ == options_.messages) {
        take_some(now + kPatience);
      } else if (due > now) {
        fleet_.poll_until(due, taker());
      } else {
        delays_.push_back(now - due);
        const std::size_t publisher =
            publishers_[static_cast<std::size_t>(sent_) % publishers_.size()];
        send(publisher);
        fleet_.flush(publisher);
      }
    }
  }

  void take_some(std::int64_t deadline) {
    if (fleet_.poll_until(deadline, taker())) return;
    die("nothing came for 10 s: " + std::to_string(delivered_) + " of " + std::to_string(wanted()));
  }

  Fleet::OnPacket taker() {
    return [this](std::size_t index, const Frame& frame) { take(index, frame); };
  }

  void take(std::size_t index, const Frame& frame) {
    if (frame.type == kPuback) {
      --in_flight_[index];
      if (options_.rate == 0) top_up(index);
    } else if (frame.type == kPublish) {
      take_message(index, parse_publish(frame));
    }
  }

  void take_message(std::size_t index, const Message& message) {
    ++delivered_;
    if (message.qos > 0) fleet_.queue(index, puback_packet(message.id));
    if (options_.rate > 0) {
      std::int64_t sent_at = 0;
      std::memcpy(&sent_at, message.payload.data(), sizeof sent_at);
      latencies_.push_back(now_nanoseconds() - sent_at);
    } else if (options_.qos == 0) {
      give_back(index, message.topic);
    }
  }

  // A QoS 0 publisher may send one more for each message that arrived (fan-out: everywhere).
  void give_back(std::size_t index, std::string_view topic) {
    std::size_t publisher = index - 1;  // pairs
    if (options_.shape == "fan-in") {
      const auto number = topic.substr(topic.find('/') + 1);
      std::from_chars(number.data(), number.data() + number.size(), publisher);
    } else if (options_.shape == "fan-out") {
      publisher = fleet_.size() - 1;
      if (delivered_ % plan_.deliveries_each != 0) return;
    }
    --in_flight_[publisher];
    top_up(publisher);
  }

  // Keeps a publisher's window full: at QoS 1 by its acknowledgements, at QoS 0 by what arrived.
  void top_up(std::size_t index) {
    while (in_flight_[index] < options_.window && sent_ < options_.messages) {
      send(index);
      ++in_flight_[index];
    }
    fleet_.flush(index);
  }

  void send(std::size_t index) {
    const std::int64_t now = now_nanoseconds();
    std::memcpy(payload_.data(), &now, sizeof now);
    fleet_.queue(index, publish_packet({.topic = plan_.publish[index],
                                        .payload = payload_,
                                        .qos = options_.qos,
                                        .id = next_id()}));
    ++sent_;
  }

  std::uint16_t next_id() { return id_ = id_ == 0xffff ? 1 : static_cast<std::uint16_t>(id_ + 1); }

  const Options& options_;
  Plan plan_;
  Fleet fleet_;
  std::string payload_;
  std::vector<int> in_flight_;
  std::vector<std::size_t> publishers_;
  std::vector<std::int64_t> latencies_;  // from writing a message to reading it, nanoseconds
  std::vector<std::int64_t> delays_;     // of the generator itself, behind its own timetable
  long sent_ = 0;
  long delivered_ = 0;
  std::uint16_t id_ = 0;
};

}  // namespace

void run_traffic(const Options& options) {
  Traffic(options).run();
}

}  // namespace fastness::load
