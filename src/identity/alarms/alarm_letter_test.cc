// What is read of alarms, in every language.
#include "identity/alarms/alarm_letter.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "upkeep/trouble.h"
#include "wording/testing/leftovers.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using wording::Letter;

const Timestamp kSeen = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)) + 90min;

NotedAlarm noted(AlarmKind kind, const std::string& subject,
                 AlarmResponse response = AlarmResponse::none) {
  const bool is_of_host = kind == AlarmKind::backup_failed || kind == AlarmKind::backup_well;
  const OrganisationId whose = is_of_host ? the_hosts() : OrganisationId(Uuid(Uuid::Bytes{7}));
  return {1, {kind, whose, subject, response}, kSeen, kSeen, 1};
}

// Every kind, with everything that may be said of it.
std::vector<NotedAlarm> all_alarms() {
  std::vector<NotedAlarm> all;
  for (const AlarmResponse response : {AlarmResponse::none, AlarmResponse::rotated,
                                       AlarmResponse::locked, AlarmResponse::quarantined}) {
    all.push_back(noted(AlarmKind::forgery, "4", response));
    all.push_back(noted(AlarmKind::second_renewal, "device-1", response));
    all.push_back(noted(AlarmKind::clone, "device-2", response));
  }
  for (int i = 0; i <= static_cast<int>(upkeep::Trouble::untested); ++i) {
    const auto streak =
        upkeep::to_text(upkeep::Streak{static_cast<upkeep::Trouble>(i), kSeen - 24h});
    all.push_back(noted(AlarmKind::backup_failed, streak));
    all.push_back(noted(AlarmKind::backup_well, streak));
  }
  all.push_back(noted(AlarmKind::backup_failed, "no streak"));
  return all;
}

TEST(AlarmLetter, IsWhollyInItsLanguage) {
  const auto all = all_alarms();
  for (const AlarmReader reader : {AlarmReader::host, AlarmReader::owner}) {
    for (const NotedAlarm& each : all) {
      const Letter letter = letter_for({each}, reader, "https://iot.lan/");
      EXPECT_EQ(wording::testing::leftovers(letter), "") << letter.subject.en;
    }
    EXPECT_EQ(wording::testing::leftovers(letter_for(all, reader, "https://iot.lan/")), "");
  }
}

TEST(AlarmLetter, SaysTheSameInEachLanguage) {
  for (const NotedAlarm& each : all_alarms()) {
    const Letter letter = letter_for({each}, AlarmReader::host, "https://iot.lan/");
    SCOPED_TRACE(letter.body.en);
    for (const char* part : {"What was seen\n", "\n\nWhat the server did\n", "\n\nWhat to do\n"}) {
      EXPECT_THAT(letter.body.en, HasSubstr(part));
    }
    for (const char* part :
         {"Was bemerkt wurde\n", "\n\nWas der Server getan hat\n", "\n\nWas zu tun ist\n"}) {
      EXPECT_THAT(letter.body.de, HasSubstr(part));
    }
    for (const char* fact :
         {"device-1", "device-2", "Generation 4", "07000000-0000-0000-0000-000000000000",
          "fastness ca rotate --emergency", "fastness ca unlock", "fastness ca status",
          "fastness host status", "test_restore_failed", "fastness host backup schedule --make",
          "https://iot.lan/check-up"}) {
      const std::string english = std::string(fact) == "Generation 4" ? "generation 4" : fact;
      EXPECT_EQ(letter.body.en.find(english) == std::string::npos,
                letter.body.de.find(fact) == std::string::npos)
          << fact;
    }
  }
}

TEST(AlarmLetter, IsDatedAsTheLanguageWritesIt) {
  const Letter forged = letter_for({noted(AlarmKind::forgery, "2")}, AlarmReader::host, "");
  EXPECT_EQ(forged.subject.de,
            "Fastness-Alarm: Der Geräteschlüssel der Generation 2 ist in "
            "fremder Hand");
  EXPECT_THAT(forged.body.de, HasSubstr("Am 22.11.2026 um 01:30 Uhr UTC hat jemand"));

  const std::string streak = upkeep::to_text(upkeep::Streak{upkeep::Trouble::pack, kSeen});
  const Letter failed =
      letter_for({noted(AlarmKind::backup_failed, streak)}, AlarmReader::host, "");
  EXPECT_THAT(failed.body.de,
              HasSubstr("Seit dem 22.11.2026 um 01:30 Uhr UTC: Die Sicherung konnte nicht"));
}

TEST(AlarmLetter, AnOwnerIsToldNoCommandOfTheHost) {
  for (const AlarmResponse response : {AlarmResponse::none, AlarmResponse::locked}) {
    const Letter letter =
        letter_for({noted(AlarmKind::forgery, "4", response)}, AlarmReader::owner, "");
    EXPECT_THAT(letter.body.en, Not(HasSubstr("fastness ca")));
    EXPECT_THAT(letter.body.de, Not(HasSubstr("fastness ca")));
  }
}

}  // namespace
}  // namespace fastness::identity
