#include "gateway/broker/system_topics.h"

#include <string>

namespace fastness::gateway {
namespace {

struct Row {
  std::string_view topic;
  std::uint64_t (*value)(Space& space);
};

std::size_t connected(Space& space) {
  std::size_t count = 0;
  space.for_each([&](const ClientSession& session) { count += session.outlet != nullptr ? 1 : 0; });
  return count;
}

// Names and meanings are Mosquitto's, so that what reads them there reads them here.
constexpr std::string_view kUptime = "$SYS/broker/uptime";
constexpr Row kRows[] = {
    {"$SYS/broker/bytes/received", [](Space& space) { return space.traffic().received.bytes; }},
    {"$SYS/broker/bytes/sent", [](Space& space) { return space.traffic().sent.bytes; }},
    {"$SYS/broker/clients/connected", [](Space& space) { return std::uint64_t{connected(space)}; }},
    {"$SYS/broker/clients/disconnected",
     [](Space& space) { return std::uint64_t{space.size() - connected(space)}; }},
    {"$SYS/broker/clients/total", [](Space& space) { return std::uint64_t{space.size()}; }},
    {"$SYS/broker/messages/received",
     [](Space& space) { return space.traffic().received.messages; }},
    {"$SYS/broker/messages/sent", [](Space& space) { return space.traffic().sent.messages; }},
    {"$SYS/broker/publish/bytes/received",
     [](Space& space) { return space.traffic().received.payload_bytes; }},
    {"$SYS/broker/publish/bytes/sent",
     [](Space& space) { return space.traffic().sent.payload_bytes; }},
    {"$SYS/broker/publish/messages/dropped", [](Space& space) { return space.traffic().dropped; }},
    {"$SYS/broker/publish/messages/received",
     [](Space& space) { return space.traffic().received.publishes; }},
    {"$SYS/broker/publish/messages/sent",
     [](Space& space) { return space.traffic().sent.publishes; }},
    {"$SYS/broker/retained messages/count",
     [](Space& space) { return std::uint64_t{space.retained().size()}; }},
    {"$SYS/broker/subscriptions/count",
     [](Space& space) { return std::uint64_t{space.subscription_count()}; }},
};

mqtt::MessagePtr figure(std::string_view topic, const std::string& text) {
  mqtt::Message message;
  message.topic = topic;
  message.payload = to_bytes(as_bytes(text));
  return std::make_shared<const mqtt::Message>(std::move(message));
}

}  // namespace

std::vector<mqtt::MessagePtr> system_messages(
    Space& space, std::chrono::seconds uptime,
    const std::function<bool(std::string_view topic)>& wanted) {
  std::vector<mqtt::MessagePtr> messages;
  for (const Row& row : kRows) {
    if (wanted(row.topic)) messages.push_back(figure(row.topic, std::to_string(row.value(space))));
  }
  if (wanted(kUptime)) {
    messages.push_back(figure(kUptime, std::to_string(uptime.count()) + " seconds"));
  }
  return messages;
}

}  // namespace fastness::gateway
