#include "api/incident/letter_run.h"

#include <string>

#include "incident/record/incidents.h"
#include "incident/record/letters.h"

namespace fastness::api {

void LetterRun::go_on() {
  if (!waiting_.empty()) {
    const UserId next = waiting_.back();
    waiting_.pop_back();
    return parts_.write_to(next, letter_,
                           [self = shared_from_this(), next](const Result<void>& delivered) {
                             self->arrived(next, delivered);
                           });
  }
  const std::string words =
      std::to_string(told_) + " people told, " + std::to_string(failed_) + " not reached";
  const auto noted = parts_.incidents.note(incident::StepKind::letters, words, parts_.clock.now());
  // It may have been closed meanwhile; the log has the figures all the same.
  parts_.log.info("incident_letters", {{"told", told_}, {"failed", failed_}});
  if (!noted) parts_.log.warning("incident_not_noted", {{"why", noted.error().message}});
}

// By id: an address is in no log.
void LetterRun::arrived(UserId user, const Result<void>& delivered) {
  if (delivered) {
    ++told_;
    const auto noted = parts_.letters.note(incident_, user, parts_.clock.now());
    if (!noted) parts_.log.error("letter_not_noted", {{"why", noted.error().message}});
  } else {
    ++failed_;
    parts_.log.warning("letter_not_delivered", {{"user", user.value().to_text()}});
  }
  parts_.post_to_control([self = shared_from_this()] { self->go_on(); });
}

}  // namespace fastness::api
