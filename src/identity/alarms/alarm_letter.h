// What people are told of an alarm: what was seen, what the server did, what to do. No secret, and
// nothing in a stranger's words. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "identity/alarms/alarm_book.h"

namespace fastness::identity {

struct AlarmLetter {
  std::string subject;  // printable ASCII
  std::string body;     // plain text, lines ended by a line feed
};

// Who reads it: whoever runs this server, or a person whose devices are on it.
enum class AlarmReader : std::uint8_t { host, owner };

// `console` is where the console is reached, with a slash at its end; empty if nowhere. One alarm
// has a letter of its own, more have one that lists them.
[[nodiscard]] AlarmLetter letter_for(const std::vector<NotedAlarm>& alarms, AlarmReader reader,
                                     const std::string& console);

}  // namespace fastness::identity
