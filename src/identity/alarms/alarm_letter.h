// What people are told of an alarm: what was seen, what the server did, what to do. No secret, and
// nothing in a stranger's words. Pure.
#pragma once

#include <string>
#include <vector>

#include "identity/alarms/alarm_book.h"
#include "identity/alarms/alarm_words.h"
#include "wording/letter.h"

namespace fastness::identity {

// `console` is where the console is reached, with a slash at its end; empty if nowhere. One alarm
// has a letter of its own, more have one that lists them.
[[nodiscard]] wording::Letter letter_for(const std::vector<NotedAlarm>& alarms, AlarmReader reader,
                                         const std::string& console);

}  // namespace fastness::identity
