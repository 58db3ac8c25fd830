#include "identity/alarms/alarm_words.h"

#include <string>

#include "upkeep/trouble.h"
#include "wording/moment.h"

namespace fastness::identity {
namespace {

using wording::Phrase;

// After "device", "des Geräts" or "das Gerät".
Phrase name_of_device(const Alarm& alarm) {
  const std::string organisation = alarm.organisation.value().to_text();
  return {.en = alarm.subject + " (organisation " + organisation + ")",
          .de = alarm.subject + " (Organisation " + organisation + ")"};
}

// Before what was seen then: "On 2026-11-22 01:30 UTC ", "Am 22.11.2026 um 01:30 Uhr UTC ".
Phrase on(Timestamp time) {
  const Phrase minute = wording::minute(time);
  return {.en = "On " + minute.en + " ", .de = "Am " + minute.de + " "};
}

// When it began and why, after "since" and "seit", as it was filed.
Phrase beginning_of(const Alarm& alarm) {
  const auto streak = upkeep::parse_streak(alarm.subject);
  if (!streak) return {.en = "that began", .de = "Beginn"};
  const Phrase since = wording::minute(streak->since);
  return Phrase{.en = since.en + ": ", .de = "dem " + since.de + ": "} +
         upkeep::explanation(streak->trouble);
}

// Backups are made, and one of them could not be restored.
bool is_of_test_restore(const Alarm& alarm) {
  const auto streak = upkeep::parse_streak(alarm.subject);
  return streak && upkeep::is_of_test_restore(streak->trouble);
}

Phrase give_the_key_up(const Alarm& alarm, AlarmReader reader) {
  if (reader == AlarmReader::owner) {
    return {.en =
                "Nothing: whoever runs this server was told. It is for them to give the key up, "
                "and no board needs to be touched. The console shows how far your devices are.",
            .de =
                "Nichts: Wer diesen Server betreibt, wurde benachrichtigt. Den Schlüssel "
                "aufzugeben ist dessen Sache, und kein Board muss angefasst werden. Die Konsole "
                "zeigt, wie weit Ihre Geräte sind."};
  }
  if (alarm.response == AlarmResponse::rotated) {
    return {
        .en = "Find out how the key got away. fastness ca status shows how far the devices are.",
        .de =
            "Finden Sie heraus, wie der Schlüssel in fremde Hände kam. fastness ca status zeigt, "
            "wie weit die Geräte sind."};
  }
  const bool is_locked = alarm.response == AlarmResponse::locked;
  return {.en =
              "On the host, give the key up: fastness ca rotate --emergency. No board needs to be "
              "touched." +
              std::string(is_locked ? " Then end the lockdown: fastness ca unlock." : "") +
              " Find out how the key got away.",
          .de =
              "Geben Sie auf dem Host den Schlüssel auf: fastness ca rotate --emergency. Kein "
              "Board muss angefasst werden." +
              std::string(is_locked ? " Beenden Sie danach die Sperre: fastness ca unlock." : "") +
              " Finden Sie heraus, wie der Schlüssel in fremde Hände kam."};
}

AlarmWords forgery(const NotedAlarm& noted, AlarmReader reader) {
  const Alarm& alarm = noted.alarm;
  return {
      .title = {.en = "the device key of generation " + alarm.subject + " is loose",
                .de =
                    "Der Geräteschlüssel der Generation " + alarm.subject + " ist in fremder Hand"},
      .seen =
          on(noted.first) +
          Phrase{.en = "somebody used a certificate that the key of generation " + alarm.subject +
                       " signed and this server never issued. So somebody else can use "
                       "that key.",
                 .de = "hat jemand ein Zertifikat benutzt, das mit dem Schlüssel der "
                       "Generation " +
                       alarm.subject +
                       " signiert ist und das dieser Server nie ausgestellt hat. Also kann "
                       "jemand anderes diesen Schlüssel benutzen."},
      .done = Phrase{.en = "It refused the certificate, as it refuses every one that it did not "
                           "issue. Devices go on.",
                     .de = "Er hat das Zertifikat abgewiesen wie jedes, das er nicht "
                           "ausgestellt hat. Für die Geräte geht es weiter."} +
              answer_to(alarm),
      .to_do = give_the_key_up(alarm, reader)};
}

AlarmWords second_renewal(const NotedAlarm& noted, AlarmReader reader) {
  const Phrase device = name_of_device(noted.alarm);
  const Phrase ask = reader == AlarmReader::owner
                         ? Phrase{.en = "Find out", .de = "Finden Sie heraus"}
                         : Phrase{.en = "Ask its owner", .de = "Fragen Sie seinen Besitzer"};
  return {
      .title = {.en = "a certificate was renewed twice",
                .de = "Ein Zertifikat wurde zweimal erneuert"},
      .seen = on(noted.first) +
              Phrase{.en = "two requests renewed one certificate of device " + device.en +
                           ". So two may hold its key.",
                     .de = "haben zwei Anfragen dasselbe Zertifikat des Geräts " + device.de +
                           " erneuert. Also haben vielleicht zwei seinen Schlüssel."},
      .done = Phrase{.en = "It refused the second request.",
                     .de = "Er hat die zweite Anfrage abgewiesen."} +
              answer_to(noted.alarm),
      .to_do = ask + Phrase{.en = " whether the device lost an answer and made a new request. If "
                                  "not, its key was copied: revoke it, and give it another key.",
                            .de = ", ob das Gerät eine Antwort verloren und eine neue Anfrage "
                                  "gestellt hat. Wenn nicht, wurde sein Schlüssel kopiert: "
                                  "Widerrufen Sie es, und geben Sie ihm einen anderen Schlüssel."}};
}

AlarmWords clone(const NotedAlarm& noted) {
  const Phrase device = name_of_device(noted.alarm);
  return {
      .title = {.en = "one identity in two places", .de = "Eine Identität an zwei Orten"},
      .seen = on(noted.first) +
              Phrase{.en = "device " + device.en +
                           " was in two places: two networks took its connection from each "
                           "other again and again. So somebody may have a copy of its key or "
                           "secret.",
                     .de = "war das Gerät " + device.de +
                           " an zwei Orten: Zwei Netze haben einander immer wieder seine "
                           "Verbindung abgenommen. Also hat vielleicht jemand eine Kopie seines "
                           "Schlüssels oder Geheimnisses."},
      .done = Phrase{.en = "It gives the device no new certificate while this lasts.",
                     .de = "Er gibt dem Gerät kein neues Zertifikat, solange das andauert."} +
              answer_to(noted.alarm),
      .to_do = {.en = "If the device was not moved and has one connection only, revoke it and "
                      "enrol it with another key. Its list of connections shows both "
                      "addresses.",
                .de = "Wenn das Gerät nicht bewegt wurde und nur eine Verbindung hat, "
                      "widerrufen Sie es und nehmen Sie es mit einem anderen Schlüssel neu auf. "
                      "Die Liste seiner Verbindungen zeigt beide Adressen."}};
}

AlarmWords test_restore_failed(const Alarm& alarm) {
  return {.title = {.en = "a backup was not proved by restoring it",
                    .de = "Eine Sicherung ließ sich nicht probeweise wiederherstellen"},
          .seen = Phrase{.en = "A test restore failed. Since ",
                         .de = "Eine Probe-Wiederherstellung ist fehlgeschlagen. Seit "} +
                  beginning_of(alarm) + ".",
          .done = {.en = "It keeps the backup, tries again with the next one, and writes once more "
                         "when one passed.",
                   .de = "Er behält die Sicherung, versucht es mit der nächsten wieder und "
                         "schreibt noch einmal, wenn eine bestanden hat."},
          .to_do = {.en = "On the host, fastness host status says how it stands, and the log at "
                          "test_restore_failed what was found. If it is damage, do not stop this "
                          "server before you have a backup that passed: its disk may be failing.",
                    .de = "Auf dem Host sagt fastness host status, wie es steht, und das Protokoll "
                          "bei test_restore_failed, was gefunden wurde. Ist es ein Schaden, halten "
                          "Sie diesen Server nicht an, bevor Sie eine Sicherung haben, die "
                          "bestanden hat: Vielleicht ist sein Datenträger defekt."}};
}

AlarmWords backup_failed(const Alarm& alarm) {
  if (is_of_test_restore(alarm)) return test_restore_failed(alarm);
  return {
      .title = {.en = "no backup was made", .de = "Es wurde keine Sicherung erstellt"},
      .seen = Phrase{.en = "A backup by schedule failed. Since ",
                     .de = "Eine Sicherung nach Zeitplan ist fehlgeschlagen. Seit "} +
              beginning_of(alarm) + ".",
      .done = {.en = "It tries again every hour, and writes once more when one was made. The "
                     "backups of before are where they were.",
               .de = "Er versucht es jede Stunde wieder und schreibt noch einmal, wenn eine "
                     "erstellt ist. Die früheren Sicherungen sind, wo sie waren."},
      .to_do = {.en = "On the host, fastness host backup schedule --make makes one now, or says "
                      "what stands in its way. Until then, what came since the last one is lost "
                      "with the host.",
                .de = "Auf dem Host erstellt fastness host backup schedule --make jetzt eine "
                      "oder sagt, was im Weg steht. Bis dahin geht mit dem Host verloren, was "
                      "seit der letzten hinzukam."}};
}

AlarmWords backup_well(const NotedAlarm& noted) {
  const bool is_tested = is_of_test_restore(noted.alarm);
  return {
      .title = is_tested ? Phrase{.en = "a backup was restored on trial again",
                                  .de = "Eine Sicherung wurde wieder probeweise "
                                        "wiederhergestellt"}
                         : Phrase{.en = "backups are made again",
                                  .de = "Sicherungen werden wieder erstellt"},
      .seen = on(noted.first) +
              (is_tested
                   ? Phrase{.en = "test restores", .de = "sind Probe-Wiederherstellungen"}
                   : Phrase{.en = "backups by schedule", .de = "sind Sicherungen nach Zeitplan"}) +
              Phrase{.en = " were well again. They had failed since ",
                     .de = " wieder gelungen. Fehlgeschlagen waren sie seit "} +
              beginning_of(noted.alarm) + ".",
      .done = {.en = "It goes on by its schedule.", .de = "Er fährt nach seinem Zeitplan fort."},
      .to_do = {.en = "Nothing.", .de = "Nichts."}};
}

}  // namespace

Phrase answer_to(const Alarm& alarm) {
  switch (alarm.response) {
    case AlarmResponse::rotated:
      return {.en = " It gave that key up, and a fresh one issues where one was needed.",
              .de =
                  " Der Server hat diesen Schlüssel aufgegeben, und wo einer nötig war, stellt ein "
                  "neuer die Zertifikate aus."};
    case AlarmResponse::locked:
      return {.en =
                  " It locked enrolment: no new device, key or secret is taken until that is "
                  "ended on the host.",
              .de =
                  " Der Server hat die Aufnahme gesperrt: Kein neues Gerät, kein neuer Schlüssel "
                  "und kein neues Geheimnis wird angenommen, bis das auf dem Host beendet wird."};
    case AlarmResponse::quarantined:
      return {.en =
                  " It quarantined the device: neither of the two comes in until its owner "
                  "decides.",
              .de =
                  " Der Server hat das Gerät unter Quarantäne gestellt: Keines der beiden kommt "
                  "herein, bis sein Besitzer entscheidet."};
    case AlarmResponse::none:
      return {.en = " It did nothing more by itself.",
              .de = " Mehr hat der Server nicht von selbst getan."};
  }
  return wording::alike("");
}

AlarmWords words_of(const NotedAlarm& noted, AlarmReader reader) {
  switch (noted.alarm.kind) {
    case AlarmKind::forgery:
      return forgery(noted, reader);
    case AlarmKind::second_renewal:
      return second_renewal(noted, reader);
    case AlarmKind::clone:
      return clone(noted);
    case AlarmKind::backup_failed:
      return backup_failed(noted.alarm);
    case AlarmKind::backup_well:
      return backup_well(noted);
  }
  // A kind of a later release, in a database that was taken back.
  return {.title = {.en = "see the console", .de = "Sehen Sie in die Konsole"},
          .seen = on(noted.first) +
                  Phrase{.en = "something was seen that this server has no words for.",
                         .de = "wurde etwas bemerkt, wofür dieser Server keine Worte hat."},
          .done = answer_to(noted.alarm),
          .to_do = {.en = "Look at the check-up.", .de = "Sehen Sie in die Sicherheitsprüfung."}};
}

}  // namespace fastness::identity
