#include "identity/alarms/alarm_letter.h"

#include "base/minute_text.h"
#include "upkeep/trouble.h"

namespace fastness::identity {
namespace {

std::string whose_device(const Alarm& alarm) {
  return "device " + alarm.subject + " (organisation " + alarm.organisation.value().to_text() + ")";
}

// When it began and why, as it was filed.
std::string streak_text(const Alarm& alarm) {
  const auto streak = upkeep::parse_streak(alarm.subject);
  if (!streak) return "that began";
  return minute_text(streak->since) + ": " + std::string(upkeep::explanation(streak->trouble));
}

// Backups are made, and one of them could not be restored.
bool is_of_test_restore(const Alarm& alarm) {
  const auto streak = upkeep::parse_streak(alarm.subject);
  return streak && upkeep::is_of_test_restore(streak->trouble);
}

std::string title_of(const Alarm& alarm) {
  switch (alarm.kind) {
    case AlarmKind::forgery:
      return "the device key of generation " + alarm.subject + " is loose";
    case AlarmKind::second_renewal:
      return "a certificate was renewed twice";
    case AlarmKind::clone:
      return "one identity in two places";
    case AlarmKind::backup_failed:
      return is_of_test_restore(alarm) ? "a backup was not proved by restoring it"
                                       : "no backup was made";
    case AlarmKind::backup_well:
      return is_of_test_restore(alarm) ? "a backup was restored on trial again"
                                       : "backups are made again";
  }
  return "see the console";
}

std::string seen(const NotedAlarm& noted) {
  std::string when = minute_text(noted.first);
  switch (noted.alarm.kind) {
    case AlarmKind::forgery:
      return "On " + when + " somebody used a certificate that the key of generation " +
             noted.alarm.subject +
             " signed and this server never issued. So somebody else can use that key.";
    case AlarmKind::second_renewal:
      return "On " + when + " two requests renewed one certificate of " +
             whose_device(noted.alarm) + ". So two may hold its key.";
    case AlarmKind::clone:
      return "On " + when + " " + whose_device(noted.alarm) +
             " was in two places: two networks took its connection from each other again and "
             "again. So somebody may have a copy of its key or secret.";
    case AlarmKind::backup_failed:
      return std::string(is_of_test_restore(noted.alarm) ? "A test restore failed. Since "
                                                         : "A backup by schedule failed. Since ") +
             streak_text(noted.alarm) + ".";
    case AlarmKind::backup_well:
      return "On " + when +
             (is_of_test_restore(noted.alarm) ? " test restores" : " backups by schedule") +
             " were well again. They had failed since " + streak_text(noted.alarm) + ".";
  }
  return when;
}

std::string done_about(const Alarm& alarm) {
  switch (alarm.response) {
    case AlarmResponse::rotated:
      return " It gave that key up, and a fresh one issues where one was needed.";
    case AlarmResponse::locked:
      return " It locked enrolment: no new device, key or secret is taken until that is ended on "
             "the host.";
    case AlarmResponse::quarantined:
      return " It quarantined the device: neither of the two comes in until its owner decides.";
    case AlarmResponse::none:
      return " It did nothing more by itself.";
  }
  return {};
}

std::string done(const Alarm& alarm) {
  switch (alarm.kind) {
    case AlarmKind::forgery:
      return "It refused the certificate, as it refuses every one that it did not issue. Devices "
             "go on." +
             done_about(alarm);
    case AlarmKind::second_renewal:
      return "It refused the second request." + done_about(alarm);
    case AlarmKind::clone:
      return "It gives the device no new certificate while this lasts." + done_about(alarm);
    case AlarmKind::backup_failed:
      if (is_of_test_restore(alarm)) {
        return "It keeps the backup, tries again with the next one, and writes once more when one "
               "passed.";
      }
      return "It tries again every hour, and writes once more when one was made. The backups of "
             "before are where they were.";
    case AlarmKind::backup_well:
      return "It goes on by its schedule.";
  }
  return {};
}

std::string to_do(const Alarm& alarm, AlarmReader reader) {
  switch (alarm.kind) {
    case AlarmKind::forgery:
      if (reader == AlarmReader::owner) {
        return "Nothing: whoever runs this server was told. It is for them to give the key up, and "
               "no board needs to be touched. The console shows how far your devices are.";
      }
      if (alarm.response == AlarmResponse::rotated) {
        return "Find out how the key got away. fastness ca status shows how far the devices are.";
      }
      return "On the host, give the key up: fastness ca rotate --emergency. No board needs to be "
             "touched." +
             std::string(alarm.response == AlarmResponse::locked
                             ? " Then end the lockdown: fastness ca unlock."
                             : "") +
             " Find out how the key got away.";
    case AlarmKind::second_renewal:
      return std::string(reader == AlarmReader::owner ? "Find out" : "Ask its owner") +
             " whether the device lost an answer and made a new request. If not, its key was "
             "copied: revoke it, and give it another key.";
    case AlarmKind::clone:
      return "If the device was not moved and has one connection only, revoke it and enrol it with "
             "another key. Its list of connections shows both addresses.";
    case AlarmKind::backup_failed:
      if (is_of_test_restore(alarm)) {
        return "On the host, fastness host status says how it stands, and the log at "
               "test_restore_failed what was found. If it is damage, do not stop this server "
               "before you have a backup that passed: its disk may be failing.";
      }
      return "On the host, fastness host backup schedule --make makes one now, or says what stands "
             "in its way. Until then, what came since the last one is lost with the host.";
    case AlarmKind::backup_well:
      return "Nothing.";
  }
  return {};
}

std::string link_to(const std::string& console) {
  return console.empty() ? std::string() : "\nSee " + console + "check-up\n";
}

AlarmLetter letter_for_one(const NotedAlarm& noted, AlarmReader reader,
                           const std::string& console) {
  const bool is_good = noted.alarm.kind == AlarmKind::backup_well;
  return {(is_good ? "Fastness: " : "Fastness alarm: ") + title_of(noted.alarm),
          "What was seen\n" + seen(noted) + "\n\nWhat the server did\n" + done(noted.alarm) +
              "\n\nWhat to do\n" + to_do(noted.alarm, reader) + "\n" + link_to(console)};
}

}  // namespace

AlarmLetter letter_for(const std::vector<NotedAlarm>& alarms, AlarmReader reader,
                       const std::string& console) {
  if (alarms.size() == 1) return letter_for_one(alarms.front(), reader, console);
  AlarmLetter letter{"Fastness alarm: " + std::to_string(alarms.size()) + " alarms",
                     "So many alarms came that these have one message together.\n"};
  for (const NotedAlarm& each : alarms) {
    const bool is_of_host = each.alarm.organisation == the_hosts();
    letter.body += "\n- " + seen(each) + (is_of_host ? "" : done_about(each.alarm)) + "\n";
  }
  letter.body += link_to(console);
  return letter;
}

}  // namespace fastness::identity
