// What people are told of an alarm: what was seen, what the server did, what to do. No secret, and
// nothing in a stranger's words. Pure.
#pragma once

#include <string>
#include <vector>

#include "identity/alarms/alarm_book.h"

namespace fastness::identity {

struct AlarmLetter {
  std::string subject;  // printable ASCII
  std::string body;     // plain text, lines ended by a line feed
};

// `console` is where the console is reached, with a slash at its end; empty if nowhere. One alarm
// has a letter of its own, more have one that lists them.
[[nodiscard]] AlarmLetter letter_for(const std::vector<NotedAlarm>& alarms,
                                     const std::string& console);

}  // namespace fastness::identity
