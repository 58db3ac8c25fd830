#include "dialects/topic.h"

#include <array>
#include <utility>

namespace fastness::dialects {
namespace {

constexpr std::string_view kPlain = "things";

// The first levels of a topic, and how many there are in all. Enough for every system topic.
struct Levels {
  explicit Levels(std::string_view text) {
    for (;;) {
      const std::size_t slash = text.find('/');
      if (count < at.size()) at[count] = text.substr(0, slash);
      ++count;
      if (slash == std::string_view::npos) return;
      text.remove_prefix(slash + 1);
    }
  }
  std::array<std::string_view, 6> at{};
  std::size_t count = 0;
};

bool is_wild(std::string_view level) {
  return level == "+" || level == "#";
}

struct Channel {
  std::string_view first;
  std::string_view second;
  TopicKind kind;
};
constexpr std::array kDeviceChannels = {
    Channel{"c", "up", TopicKind::command_up}, Channel{"c", "dw", TopicKind::command_down},
    Channel{"e", "o", TopicKind::device_out}, Channel{"e", "i", TopicKind::device_in}};
constexpr std::array kThingChannels = {
    Channel{"e", "o", TopicKind::value_out},       Channel{"e", "i", TopicKind::value_in},
    Channel{"s", "o", TopicKind::serial_out},      Channel{"s", "i", TopicKind::serial_in},
    Channel{"shadow", "o", TopicKind::shadow_out}, Channel{"shadow", "i", TopicKind::shadow_in}};

template <typename Channels>
TopicKind find_channel(const Channels& channels, std::string_view first, std::string_view second) {
  for (const Channel& channel : channels) {
    if (channel.first == first && channel.second == second) return channel.kind;
  }
  return TopicKind::reserved;
}

// "/a/d/<id>/c/up" has the levels "", "a", "d", id, "c", "up".
Topic parse_arduino(const Levels& levels) {
  if (levels.count != 6 || levels.at[3] == "#") return {TopicKind::reserved, {}, {}};
  const std::string_view subject = levels.at[3];
  if (levels.at[2] == "d") {
    return {find_channel(kDeviceChannels, levels.at[4], levels.at[5]), subject, {}};
  }
  if (levels.at[2] == "t") {
    return {find_channel(kThingChannels, levels.at[4], levels.at[5]), subject, {}};
  }
  return {TopicKind::reserved, {}, {}};
}

Topic parse_plain(const Levels& levels) {
  const std::string_view subject = levels.at[1];
  const std::string_view property = levels.at[2];
  const bool has_property = levels.count >= 3 && !subject.empty() && subject != "#" &&
                            !property.empty() && property != "#";
  if (has_property && levels.count == 3) return {TopicKind::plain_value, subject, property};
  if (has_property && levels.count == 4 && levels.at[3] == "set") {
    return {TopicKind::plain_set, subject, property};
  }
  return {TopicKind::reserved, {}, {}};
}

}  // namespace

Topic parse_topic(std::string_view text) {
  const Levels levels(text);
  const std::string_view first = levels.at[0];
  if (first.starts_with('$') || is_wild(first)) return {TopicKind::reserved, {}, {}};
  if (first == kPlain) return parse_plain(levels);
  if (first.empty() && levels.count > 1) {
    if (levels.at[1] == "a") return parse_arduino(levels);
    if (is_wild(levels.at[1])) return {TopicKind::reserved, {}, {}};
  }
  return {TopicKind::generic, {}, {}};
}

std::string device_topic(DeviceId device, std::string_view channel) {
  return "/a/d/" + device.value().to_text() + "/" + std::string(channel);
}

std::string thing_topic(ThingId thing, std::string_view channel) {
  return "/a/t/" + thing.value().to_text() + "/" + std::string(channel);
}

std::vector<std::string> plain_topics(std::string_view thing_id, std::string_view thing_name,
                                      std::string_view property, std::string_view suffix) {
  const auto topic = [&](std::string_view thing) {
    std::string text(kPlain);
    text.append("/").append(thing).append("/").append(property).append(suffix);
    return text;
  };
  if (thing_name == thing_id) return {topic(thing_id)};
  return {topic(thing_id), topic(thing_name)};
}

}  // namespace fastness::dialects
