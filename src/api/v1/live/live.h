#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/access/caller.h"
#include "api/parts.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "http/web_socket.h"
#include "identity/identity.h"
#include "pipeline/pipeline.h"
#include "things/devices.h"

namespace fastness::api {

// The WebSockets that watch an organisation: values, coalesced to at most ten messages a second
// each, devices that come and go, alarms. Lives on the control thread.
//
// The hub tells it what happened: `values` from Pipeline::on_live, `device` from
// Devices::on_change, `forged` from Identity::on_forged; and calls `tick` every kTick.
class Live {
 public:
  static constexpr std::chrono::milliseconds kTick{100};
  static constexpr std::size_t kMaxSockets = fixed_limit("live.watchers");
  static constexpr std::size_t kMaxUnsent =
      fixed_limit("live.unsent_bytes");  // then it is closed as too slow
  static constexpr std::size_t kMaxAlarms = fixed_limit("live.alarms");

  explicit Live(Parts& parts);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  void values(const std::vector<pipeline::Committed>& batch);
  void device(const things::Device& device, things::Devices::Change change);
  void forged(const identity::ForgeryAlarm& alarm);
  void tick();

  // Alarms since the start, newest first.
  struct Alarm {
    Timestamp time;
    identity::ForgeryAlarm forgery;
  };
  [[nodiscard]] const std::deque<Alarm>& alarms() const { return alarms_; }

  // Becomes a watcher on behalf of `caller` until its credential or the socket ends. Its first
  // command says what to watch; until then it hears of devices and alarms only.
  void join(const Caller& caller, std::shared_ptr<http::WebSocket> socket);
  [[nodiscard]] bool is_full() const { return watchers_.size() >= kMaxSockets; }
  // How `join` gets to the control thread.
  void post(std::function<void()> work) const { parts_.post_to_control(std::move(work)); }
  [[nodiscard]] std::size_t size() const { return watchers_.size(); }

  // Ends the sockets of a credential that is no more.
  void end_session(const accounts::SessionId& session);
  void end_key(const std::string& client_id);

 private:
  struct Watcher {
    Caller caller;
    std::shared_ptr<http::WebSocket> socket;
    bool watches_all = false;
    std::set<ThingId> things;
    std::map<PropertyId, things::Reading> pending;  // the newest of each since the last message
  };
  using WatcherId = std::uint64_t;

  void obey(WatcherId id, const std::string& command);
  void flush(Watcher& watcher);
  [[nodiscard]] bool is_alive(const Watcher& watcher) const;
  void tell_of_thing(const things::Device& device);
  void broadcast(std::optional<OrganisationId> organisation, const std::string& message);

  Parts& parts_;
  std::map<WatcherId, Watcher> watchers_;
  WatcherId next_ = 1;
  std::deque<Alarm> alarms_;
  std::shared_ptr<bool> alive_;  // what was posted asks it whether this still exists
};

}  // namespace fastness::api
