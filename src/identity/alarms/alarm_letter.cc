#include "identity/alarms/alarm_letter.h"

#include "wording/moment.h"

namespace fastness::identity {
namespace {

using wording::Letter;
using wording::Phrase;

Phrase link_to(const std::string& console) {
  if (console.empty()) return wording::alike("");
  return {.en = "\nSee " + console + "check-up\n", .de = "\nSiehe " + console + "check-up\n"};
}

Letter letter_for_one(const NotedAlarm& noted, AlarmReader reader, const std::string& console) {
  const bool is_good = noted.alarm.kind == AlarmKind::backup_well;
  const Phrase begin = is_good ? Phrase{.en = "Fastness: ", .de = "Fastness: "}
                               : Phrase{.en = "Fastness alarm: ", .de = "Fastness-Alarm: "};
  const AlarmWords words = words_of(noted, reader);
  return {
      .subject = begin + words.title,
      .body = Phrase{.en = "What was seen\n", .de = "Was bemerkt wurde\n"} + words.seen +
              Phrase{.en = "\n\nWhat the server did\n", .de = "\n\nWas der Server getan hat\n"} +
              words.done + Phrase{.en = "\n\nWhat to do\n", .de = "\n\nWas zu tun ist\n"} +
              words.to_do + "\n" + link_to(console)};
}

}  // namespace

Letter letter_for(const std::vector<NotedAlarm>& alarms, AlarmReader reader,
                  const std::string& console) {
  if (alarms.size() == 1) return letter_for_one(alarms.front(), reader, console);
  const Phrase count = wording::number(alarms.size());
  Letter letter{.subject = {.en = "Fastness alarm: " + count.en + " alarms",
                            .de = "Fastness-Alarm: " + count.de + " Alarme"},
                .body = {.en = "So many alarms came that these have one message together.\n",
                         .de = "Es kamen so viele Alarme, dass diese eine Nachricht gemeinsam "
                               "haben.\n"}};
  for (const NotedAlarm& each : alarms) {
    letter.body += "\n- " + words_of(each, reader).seen;
    if (each.alarm.organisation != the_hosts()) letter.body += answer_to(each.alarm);
    letter.body += "\n";
  }
  letter.body += link_to(console);
  return letter;
}

}  // namespace fastness::identity
