// The words for each kind of alarm, in every language side by side.
#pragma once

#include <cstdint>

#include "identity/alarms/alarm_book.h"
#include "wording/phrase.h"

namespace fastness::identity {

// Who reads it: whoever runs this server, or a person whose devices are on it.
enum class AlarmReader : std::uint8_t { host, owner };

struct AlarmWords {
  wording::Phrase title;
  wording::Phrase seen;
  wording::Phrase done;  // under "What the server did"
  wording::Phrase to_do;
};

[[nodiscard]] AlarmWords words_of(const NotedAlarm& noted, AlarmReader reader);

// What the server did beyond what it always does, with a space before it.
[[nodiscard]] wording::Phrase answer_to(const Alarm& alarm);

}  // namespace fastness::identity
