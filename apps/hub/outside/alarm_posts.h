#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "identity/alarms/alarm_post.h"
#include "outside/correspondence.h"
#include "telemetry/log.h"

namespace fastness::hub {

// Those who are told of alarms wherever they are, by mail and by HTTPS. Lives on the control
// thread; ends after that has run its last.
class AlarmPosts {
 public:
  // What is passed in must outlive it.
  struct Parts {
    const config::Config& config;
    Correspondence& correspondence;
    const Clock& clock;
    const telemetry::Log& log;
  };

  // `invalid_argument` names the setting that is wrong.
  [[nodiscard]] static Result<std::unique_ptr<AlarmPosts>> create(const Parts& parts);
  AlarmPosts(const AlarmPosts&) = delete;
  AlarmPosts& operator=(const AlarmPosts&) = delete;
  ~AlarmPosts() = default;

  // Where people find the console; once it is known.
  void set_console(std::string console) { console_ = std::move(console); }

  // Once a second: sends what is due, without waiting for it. `book` must outlive the object.
  void update(identity::AlarmBook& book);

  // The settings by which nobody is reached now, and since when.
  [[nodiscard]] std::map<std::string, Timestamp> failing() const;

 private:
  explicit AlarmPosts(const Parts& parts) : parts_(parts) {}

  void add(const std::string& setting, identity::AlarmPost::Deliver deliver);

  Parts parts_;
  std::string console_;
  std::vector<std::unique_ptr<identity::AlarmPost>> posts_;
};

}  // namespace fastness::hub
