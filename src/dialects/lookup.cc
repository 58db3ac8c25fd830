#include "dialects/lookup.h"

namespace fastness::dialects {
namespace {

bool is_plain(TopicKind kind) {
  return kind == TopicKind::plain_value || kind == TopicKind::plain_set;
}

// Upper-case spellings of an id are another topic to MQTT, so they are no id here.
std::optional<Uuid> canonical_id(std::string_view text) {
  const auto id = Uuid::parse(text);
  if (!id || id->to_text() != text) return std::nullopt;
  return *id;
}

}  // namespace

bool is_self(const Speaker& speaker, std::string_view id) {
  return speaker.device && speaker.device->value().to_text() == id;
}

std::shared_ptr<const things::ThingView> thing_of(const things::ThingsSnapshot& snapshot,
                                                  const Speaker& speaker, const Topic& topic) {
  if (const auto id = canonical_id(topic.subject)) {
    return snapshot.thing(speaker.organisation, ThingId(*id));
  }
  if (!is_plain(topic.kind)) return nullptr;
  return snapshot.thing_named(speaker.organisation, topic.subject);
}

std::shared_ptr<const things::ThingView> own_thing(const things::ThingsSnapshot& snapshot,
                                                   const Speaker& speaker, const Topic& topic) {
  if (!speaker.device) return nullptr;
  auto own = snapshot.thing_of(speaker.organisation, *speaker.device);
  if (own == nullptr) return nullptr;
  const auto id = canonical_id(topic.subject);
  const bool is_meant =
      id ? own->id().value() == *id : is_plain(topic.kind) && own->name() == topic.subject;
  return is_meant ? own : nullptr;
}

}  // namespace fastness::dialects
