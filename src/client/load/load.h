#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "client/load/latency_histogram.h"
#include "client/mqtt/mqtt_link.h"

namespace fastness::client {

// Who talks to whom.
enum class Pattern {
  fan_in,   // all publish, one listens
  fan_out,  // one publishes, all listen
  pairs,    // each publishes to one of its own
  idle,     // all listen, nobody publishes
};

// Puts messages through a server on one thread and counts what becomes of them. Every message names
// its publisher, its number and when it was sent. Thread-compatible.
class Load {
 public:
  struct Shape {
    Pattern pattern = Pattern::pairs;
    std::size_t clients = 10;  // publishers, listeners, or pairs of them
    mqtt::Qos qos = mqtt::Qos::at_least_once;
    std::size_t payload_bytes = 64;  // at least kStampBytes
    double rate = 0;                 // messages a second in all; 0: as fast as they are answered
    std::string prefix;              // of the topics, without a slash at its end
  };
  // What each payload begins with: who sent it, which one it is, and when.
  static constexpr std::size_t kStampBytes = 20;

  // Who connection number `index` is.
  using Identify = std::function<Result<MqttConnection::Login>(std::size_t index)>;
  using Context = std::function<std::shared_ptr<const tls::ClientContext>(std::size_t index)>;

  struct Counts {
    std::size_t connected = 0;
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;  // at QoS 1 and 2
    std::uint64_t refused = 0;   // of those answered
    std::uint64_t delivered = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t expected = 0;  // deliveries of what was sent
    std::string refusal;         // the first one's reason

    [[nodiscard]] std::uint64_t lost() const {
      const std::uint64_t once = delivered - duplicates;
      return expected > once ? expected - once : 0;
    }
  };

  // `clock` must outlive it.
  Load(Shape shape, Address server, const Clock& clock);

  // How many connections that makes.
  [[nodiscard]] std::size_t connections() const { return members_.size(); }

  // Makes some more connections, a few at once; call it until `is_connected`. Errors as MqttLink's.
  [[nodiscard]] Result<void> connect_some(const Identify& identify, const Context& context);
  [[nodiscard]] bool is_connected() const { return counts_.connected == members_.size(); }

  // Publishes what is due and takes what comes, waiting at most as long as said. A connection that
  // is lost is an error.
  [[nodiscard]] Result<void> run_once(std::chrono::milliseconds longest);
  // The same without publishing, until everything has been answered and delivered.
  [[nodiscard]] Result<void> drain_once(std::chrono::milliseconds longest);
  [[nodiscard]] bool is_drained() const;

  void close();

  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] const LatencyHistogram& latency() const { return latency_; }

 private:
  struct Member {
    std::string publishes;  // its topic; empty: it does not
    std::string listens;    // its filter; empty: it does not
    std::unique_ptr<MqttLink> link;
    bool is_subscribing = false;
    bool is_ready = false;
    std::uint64_t sent = 0;
    std::unordered_map<std::uint32_t, std::uint64_t> next_of;  // by publisher
  };

  void plan();
  [[nodiscard]] Result<void> start(std::size_t index, const Identify& identify,
                                   const Context& context);
  [[nodiscard]] Result<void> advance(Member& member);
  [[nodiscard]] MqttConnection::Events events(std::size_t index);
  void take(Member& member, const mqtt::Publish& message);
  [[nodiscard]] bool may_send(const Member& member) const;
  void send(std::size_t index);
  void send_due();
  [[nodiscard]] Result<void> turn(std::chrono::milliseconds longest);

  Shape shape_;
  Address server_;
  const Clock& clock_;
  std::vector<Member> members_;
  std::vector<std::size_t> publishers_;
  std::size_t begun_ = 0;        // connections that were started
  std::size_t next_sender_ = 0;  // in `publishers_`
  std::optional<SteadyTime> sending_since_;
  Bytes payload_;
  Counts counts_;
  LatencyHistogram latency_;
};

}  // namespace fastness::client
