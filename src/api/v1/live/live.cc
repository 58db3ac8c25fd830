#include "api/v1/live/live.h"

#include <utility>

#include "accounts/accounts.h"
#include "api/v1/attention.h"
#include "api/v1/views.h"
#include "base/fixed_limits.h"
#include "json/value.h"
#include "things/devices.h"

namespace fastness::api {
namespace {

constexpr std::size_t kMaxCommand = fixed_limit("live.command_bytes");

// A page watches a handful of things; whoever wants more says "all".
constexpr std::size_t kMaxThings = fixed_limit("live.things");

// What `{"type":"watch","things":...}` asks for; nothing if it is something else.
struct Watch {
  bool all = false;
  std::set<ThingId> things;
};

std::optional<Watch> parse_watch(const std::string& command) {
  const auto document = json::parse(command, {.max_bytes = kMaxCommand, .max_depth = 3});
  if (!document) return std::nullopt;
  const json::Value* type = document->find("type");
  const json::Value* things = document->find("things");
  if (type == nullptr || things == nullptr) return std::nullopt;
  const auto* word = type->get<std::string>();
  if (word == nullptr || *word != "watch") return std::nullopt;

  Watch watch;
  if (const auto* all = things->get<std::string>()) {
    watch.all = true;
    return *all == "all" ? std::optional(watch) : std::nullopt;
  }
  const auto* list = things->get<json::Array>();
  if (list == nullptr || list->size() > kMaxThings) return std::nullopt;
  for (const json::Value& each : *list) {
    const auto* text = each.get<std::string>();
    const auto id = text == nullptr ? Result<Uuid>(fail(Errc::invalid_argument, "not a text"))
                                    : Uuid::parse(*text);
    if (!id) return std::nullopt;
    watch.things.insert(ThingId(*id));
  }
  return watch;
}

void write_reading(json::Writer& out, const things::Reading& reading) {
  out.begin_object();
  out.field("property_id", reading.property.value());
  out.field("thing_id", reading.thing.value());
  out.field("value", reading.value);
  out.field("time", reading.time);
  out.field("source", things::to_text(reading.source));
  out.end_object();
}

}  // namespace

Live::Live(Parts& parts) : parts_(parts), alive_(std::make_shared<bool>(true)) {
  const std::weak_ptr<bool> alive = alive_;
  parts_.accounts.sessions().on_ended([this, alive](const accounts::SessionId& session) {
    if (!alive.expired()) end_session(session);
  });
  parts_.accounts.api_keys().on_revoked([this, alive](const std::string& client_id) {
    if (!alive.expired()) end_key(client_id);
  });
}

Live::~Live() {
  for (auto& [id, watcher] : watchers_) watcher.socket->close(http::CloseCode::going_away);
}

void Live::join(const Caller& caller, std::shared_ptr<http::WebSocket> socket) {
  const WatcherId id = next_++;
  Watcher watcher{caller, std::move(socket), false, {}, {}};
  if (is_full() || !is_alive(watcher)) {
    return watcher.socket->close(is_full() ? http::CloseCode::try_again_later
                                           : http::CloseCode::policy_violation);
  }
  const auto& joined = watchers_.emplace(id, std::move(watcher)).first->second;
  const std::weak_ptr<bool> alive = alive_;
  http::WebSocket::Events events;
  events.message = [this, alive, id](const std::string& command) {
    if (!alive.expired()) obey(id, command);
  };
  events.closed = [this, alive, id] {
    if (!alive.expired()) watchers_.erase(id);
  };
  joined.socket->start(parts_.post_to_control, std::move(events));
  joined.socket->receive();
}

void Live::obey(WatcherId id, const std::string& command) {
  const auto found = watchers_.find(id);
  if (found == watchers_.end()) return;
  Watcher& watcher = found->second;
  auto watch = parse_watch(command);
  if (!watch) return watcher.socket->close(http::CloseCode::policy_violation);
  watcher.watches_all = watch->all;
  watcher.things = std::move(watch->things);
  watcher.socket->receive();
}

void Live::values(const std::vector<pipeline::Committed>& batch) {
  for (const pipeline::Committed& each : batch) {
    if (each.outcome == things::LastValues::Outcome::older ||
        each.outcome == things::LastValues::Outcome::repeated) {
      continue;
    }
    const things::Reading& reading = each.reading;
    for (auto& [id, watcher] : watchers_) {
      if (watcher.caller.organisation != reading.organisation) continue;
      if (!watcher.watches_all && !watcher.things.contains(reading.thing)) continue;
      if (!watcher.caller.may(accounts::Scope::things_read, reading.thing)) continue;
      watcher.pending.insert_or_assign(reading.property, reading);
    }
  }
}

void Live::tick() {
  for (auto& [id, watcher] : watchers_) {
    if (!is_alive(watcher)) {
      watcher.socket->close(http::CloseCode::policy_violation);
    } else if (watcher.socket->unsent() > kMaxUnsent) {
      watcher.socket->close(http::CloseCode::try_again_later);
    } else if (!watcher.pending.empty()) {
      flush(watcher);
    }
  }
}

void Live::flush(Watcher& watcher) {
  json::Writer out;
  out.begin_object();
  out.field("type", "values");
  out.begin_array("values");
  for (const auto& [property, reading] : watcher.pending) write_reading(out, reading);
  out.end_array();
  out.end_object();
  watcher.pending.clear();
  watcher.socket->send(std::move(out).text());
}

void Live::device(const things::Device& device, things::Devices::Change change) {
  if (change == things::Devices::Change::removed || change == things::Devices::Change::deleted) {
    return;  // the page that did it knows; others see it when they look
  }
  if (watchers_.empty()) return;
  json::Writer out;
  out.begin_object();
  out.field("type", "device");
  out.key("device");
  v1::write(out, parts_, device);
  out.end_object();
  broadcast(device.organisation, out.text());
  tell_of_thing(device);
}

// Who has a thing by name and sees no device hears of it how its device is.
void Live::tell_of_thing(const things::Device& device) {
  const things::Thing* thing = parts_.things.of_device(device.organisation, device.id);
  if (thing == nullptr) return;
  json::Writer out;
  out.begin_object();
  out.field("type", "thing");
  out.field("thing_id", thing->id.value());
  out.field("device_status", v1::to_text(device.status));
  out.end_object();
  for (auto& [id, watcher] : watchers_) {
    const Caller& caller = watcher.caller;
    if (caller.organisation != device.organisation) continue;
    if (caller.scopes.has(accounts::Scope::devices_read)) continue;
    if (caller.may(accounts::Scope::things_read, thing->id)) watcher.socket->send(out.text());
  }
}

void Live::forged(const identity::ForgeryAlarm& alarm) {
  alarms_.push_front({parts_.clock.now(), alarm});
  if (alarms_.size() > kMaxAlarms) alarms_.pop_back();
  json::Writer out;
  out.begin_object();
  out.field("type", "alarm");
  out.key("attention");
  write(out, attention_of(alarm));
  out.end_object();
  broadcast(std::nullopt, out.text());
}

void Live::broadcast(std::optional<OrganisationId> organisation, const std::string& message) {
  for (auto& [id, watcher] : watchers_) {
    if (organisation && watcher.caller.organisation != *organisation) continue;
    if (!watcher.caller.scopes.has(accounts::Scope::devices_read)) continue;
    watcher.socket->send(message);
  }
}

bool Live::is_alive(const Watcher& watcher) const {
  if (parts_.restrictions.level() >= incident::Level::devices_only) return false;
  if (!parts_.switches.is_on(incident::Component::live)) return false;
  const Caller& caller = watcher.caller;
  if (caller.session) return parts_.accounts.sessions().is_alive(*caller.session);
  const auto keys = parts_.accounts.api_keys().published().load();
  return keys->find(caller.client_id, parts_.clock.now()) != nullptr;
}

void Live::end_session(const accounts::SessionId& session) {
  for (auto& [id, watcher] : watchers_) {
    if (watcher.caller.session == session) {
      watcher.socket->close(http::CloseCode::policy_violation);
    }
  }
}

void Live::end_key(const std::string& client_id) {
  for (auto& [id, watcher] : watchers_) {
    if (watcher.caller.client_id == client_id) {
      watcher.socket->close(http::CloseCode::policy_violation);
    }
  }
}

}  // namespace fastness::api
