#include <string>
#include <utility>
#include <vector>

#include "fleet.h"
#include "marks.h"
#include "shapes.h"

namespace fastness::load {
namespace {

constexpr std::int64_t kPatience = 10 * kSecond;

double seconds_since(std::int64_t begun) {
  return static_cast<double>(now_nanoseconds() - begun) / kSecond;
}

// More connections, which subscribe to nothing yet.
void open_silent(Fleet& fleet, std::size_t count) {
  std::vector<Role> roles;
  for (std::size_t i = 0; i < count; ++i) roles.push_back(fleet.role(fleet.size() + i));
  fleet.open(std::move(roles));
}

// Publishes every retained message at QoS 1, and waits for every acknowledgement.
void store(Fleet& fleet, const Options& options) {
  const std::string payload(static_cast<std::size_t>(options.size), 'r');
  const auto clients = static_cast<long>(fleet.size());
  std::vector<long> sent(fleet.size(), 0);  // of message `i + k * clients`, k
  long stored = 0;
  const auto send_one = [&](std::size_t index) {
    const long number = static_cast<long>(index) + sent[index] * clients;
    if (number >= options.messages) return;
    ++sent[index];
    const std::string topic =
        "bench/retained/" + std::to_string(index) + '/' + std::to_string(number);
    fleet.queue(index,
                publish_packet({.topic = topic,
                                .payload = payload,
                                .qos = 1,
                                .retain = true,
                                .id = static_cast<std::uint16_t>(sent[index] % 60'000 + 1)}));
  };
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    for (int k = 0; k < options.window; ++k) send_one(i);
    fleet.flush(i);
  }
  while (stored < options.messages) {
    const bool came =
        fleet.poll_until(now_nanoseconds() + kPatience, [&](std::size_t index, const Frame& frame) {
          if (frame.type != kPuback) return;
          ++stored;
          send_one(index);
        });
    if (!came) die("nothing came for 10 s: " + std::to_string(stored) + " were stored");
  }
}

// Takes what one new subscriber is sent, until nothing has come for a second.
long take_replay(Fleet& fleet) {
  long taken = 0;
  std::int64_t last = now_nanoseconds();
  while (now_nanoseconds() < last + kSecond) {
    fleet.poll_until(last + kSecond, [&](std::size_t index, const Frame& frame) {
      if (frame.type != kPublish) return;
      const Message message = parse_publish(frame);
      if (message.qos > 0) fleet.queue(index, puback_packet(message.id));
      ++taken;
      last = now_nanoseconds();
    });
  }
  return taken;
}

// One exact filter: five levels, of which the last is its own.
std::string exact_topic(long number, long of_client) {
  const long client = number / of_client;
  const auto text = [](long value) { return std::to_string(value); };
  return "bench/s" + text(client) + "/r" + text(number / 100 % 10) + "/d" + text(number / 10 % 10) +
         "/v" + text(number);
}

// A hundred clients with their share of the exact filters, and three wildcard filters each, about
// sites of other clients, so that nobody is asked to merge what overlaps.
std::vector<std::string> filters_of(long client, long clients, long of_client) {
  std::vector<std::string> filters;
  for (long k = 0; k < of_client; ++k) {
    filters.push_back(exact_topic(client * of_client + k, of_client));
  }
  const auto other = [&](long distance) { return std::to_string((client + distance) % clients); };
  const std::string digit = std::to_string(client % 10);
  filters.push_back("bench/s" + other(1) + "/+/d" + digit + "/#");
  filters.push_back("bench/+/r" + digit + "/d" + std::to_string(client / 10 % 10) + "/x" +
                    other(2));
  filters.push_back("bench/s" + other(3) + "/r" + digit + "/#");
  return filters;
}

// A topic of that client's site which differs from the exact filters in its last level alone, and
// which no wildcard of the others matches.
std::string missing_leaf(long client, long number) {
  const auto digit = [](long value) { return std::to_string(value % 10); };
  return "bench/s" + std::to_string(client) + "/r" + digit(client) + "/d" + digit(client + 1) +
         "/w" + std::to_string(number);
}

// Publishes at QoS 0 from one connection, with a PINGREQ after each batch as the only flow control,
// and waits until the last batch has been taken in. Returns the messages that others received.
long publish_in_batches(Fleet& fleet, std::size_t publisher, long count,
                        const std::function<std::string(long)>& topic, const std::string& payload) {
  constexpr long kBatch = 64;
  constexpr int kBatchesInFlight = 4;
  long sent = 0;
  long delivered = 0;
  int pings = 0;
  const auto on_packet = [&](std::size_t, const Frame& frame) {
    if (frame.type == kPingresp) --pings;
    if (frame.type == kPublish) ++delivered;
  };
  while (sent < count || pings > 0) {
    while (sent < count && pings < kBatchesInFlight) {
      for (long k = 0; k < kBatch && sent < count; ++k) {
        fleet.queue(publisher, publish_packet({.topic = topic(sent++), .payload = payload}));
      }
      fleet.queue(publisher, pingreq_packet());
      ++pings;
    }
    fleet.flush(publisher);
    if (!fleet.poll_until(now_nanoseconds() + kPatience, on_packet)) die("nothing came for 10 s");
  }
  while (fleet.poll_until(now_nanoseconds() + kSecond / 2, on_packet)) {
  }
  return delivered;
}

}  // namespace

void run_retained(const Options& options) {
  Fleet fleet(options);
  open_silent(fleet, static_cast<std::size_t>(options.clients));
  Mark("begin").print_and_wait();
  std::int64_t begun = now_nanoseconds();
  store(fleet, options);
  Mark("stored")
      .figure("messages", static_cast<double>(options.messages))
      .figure("seconds", seconds_since(begun))
      .print_and_wait();
  begun = now_nanoseconds();
  const std::size_t subscriber = fleet.size();
  open_silent(fleet, 1);
  fleet.queue(subscriber,
              subscribe_packet(std::vector<std::string>{"bench/retained/#"}, options.qos));
  fleet.flush(subscriber);
  const long replayed = take_replay(fleet);
  Mark("replayed")
      .figure("messages", static_cast<double>(replayed))
      .figure("seconds", seconds_since(begun) - 1)
      .print_and_wait();
  fleet.close_all();
  Mark("closed").print_and_wait();
}

void run_match(const Options& options) {
  const long clients = options.clients;
  const long of_client = options.filters / clients;
  if (of_client < 1) die("--filters must be at least --clients");
  Fleet fleet(options);
  open_silent(fleet, 1);
  Mark("begin").print_and_wait();
  std::vector<Role> roles;
  for (long client = 0; client < clients; ++client) {
    roles.push_back(fleet.role(static_cast<std::size_t>(client) + 1));
    roles.back().filters = filters_of(client, clients, of_client);
  }
  fleet.open(std::move(roles));
  const auto total = static_cast<double>(clients * (of_client + 3));
  Mark("subscribed").figure("filters", total).print_and_wait();

  const std::string payload(static_cast<std::size_t>(options.size), 'm');
  const auto exact = [&](long k) {  // spread over all filters
    return exact_topic(k * 7919 % (of_client * clients), of_client);
  };
  const struct {
    const char* name;
    std::function<std::string(long)> topic;
  } phases[] = {{"missed-root", [&](long k) { return "other/" + exact(k).substr(6); }},
                {"missed-leaf", [&](long k) { return missing_leaf(k % clients, k); }},
                {"matched", exact}};
  for (const auto& phase : phases) {
    const std::int64_t begun = now_nanoseconds();
    const long delivered = publish_in_batches(fleet, 0, options.messages, phase.topic, payload);
    Mark(phase.name)
        .figure("messages", static_cast<double>(options.messages))
        .figure("delivered", static_cast<double>(delivered))
        .figure("seconds", seconds_since(begun))
        .print_and_wait();
  }
  fleet.close_all();
  Mark("closed").print_and_wait();
}

}  // namespace fastness::load
