// What a person is told of the authority, and asked before it is changed.
#include "supervisor/authority/authority_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"
#include "supervisor/authority/authority_commands.h"

namespace fastness::supervisor {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kRotating = R"({
  "generations": [
    {"number": 1, "state": "distrusted", "created_at": "2026-09-01T08:00:00Z",
     "signs_until": "2026-10-01T08:00:00Z", "distrusted_at": "2026-10-02T08:00:00Z",
     "board_cut_off": "2027-01-31T00:00:00Z", "devices": 4, "boards": 4},
    {"number": 2, "state": "retiring", "created_at": "2026-10-01T08:00:00Z",
     "signs_until": "2026-10-31T08:00:00Z", "devices": 1, "boards": 0},
    {"number": 3, "state": "issuing", "created_at": "2026-11-01T08:00:00.123Z",
     "signs_until": "2026-12-01T08:00:00Z", "devices": 9, "boards": 7}],
  "devices": {"with_certificate": 14, "without_certificate": 2, "renewed": 9},
  "stragglers": [{"reason": "due", "devices": 1}, {"reason": "by_hand", "devices": 4},
                 {"reason": "shut_out", "devices": 2}],
  "estimated_end": "2026-11-30T12:00:00Z",
  "rotation": {"number": 2, "kind": "routine", "from": 2, "to": 3, "step": "renewing",
               "began_at": "2026-11-01T08:00:00Z", "reason": "as every month"}})";

json::Value authority() {
  return json::parse(kRotating).value();
}

AuthorityCommand emergency() {
  AuthorityCommand command;
  command.is_emergency = true;
  command.cut_off = "90";
  command.reason = "stolen";
  return command;
}

TEST(AuthorityText, SaysWhatThereIsAndWhomItWaitsFor) {
  EXPECT_EQ(authority_as_text(authority()),
            "generation 1      distrusted, made 2026-09-01 08:00 UTC, distrusted 2026-10-02 08:00 "
            "UTC; 4 devices; its boards come in until 2027-01-31 00:00 UTC\n"
            "generation 2      retiring, made 2026-10-01 08:00 UTC; 1 device\n"
            "generation 3      issuing, made 2026-11-01 08:00 UTC; 9 devices; until 2026-12-01 "
            "08:00 UTC\n"
            "renewed           9 of 14 devices have a certificate of generation 3; 2 have none at "
            "all\n"
            "not renewed       1 device seen since, and due to come\n"
            "                  4 boards that cannot renew: in by the ledger, new credentials by "
            "hand\n"
            "                  2 devices of a key that was given up: cut off until renewed or "
            "enrolled anew\n"
            "expected end      2026-11-30 12:00 UTC, at the rate until now\n"
            "rotation          routine, from generation 2 to 3, begun 2026-11-01 08:00 UTC: as "
            "every month\n"
            "                  generation 3 issues; devices come for new certificates\n");
}

TEST(AuthorityText, ARoutineRotationPromisesThatNobodyIsCutOff) {
  const std::string plan = plan_of_rotation(authority(), {}, std::nullopt);
  EXPECT_THAT(plan, HasSubstr("known for 60 minutes, then it issues, and generation 3 retires"));
  EXPECT_THAT(plan, HasSubstr("14 devices with a certificate: all go on. Nobody is cut off."));
}

TEST(AuthorityText, AnEmergencySaysWhomItCutsOffAndUntilWhenBoardsGoOn) {
  const Timestamp cut_off{std::chrono::sys_days(std::chrono::year(2027) / 2 / 27)};
  const std::string plan = plan_of_rotation(authority(), emergency(), cut_off);
  EXPECT_THAT(plan, HasSubstr("Generation 3 is given up now"));
  EXPECT_THAT(plan, HasSubstr("7 boards of it: in by the ledger, until 2027-02-27 00:00 UTC"));
  EXPECT_THAT(plan, HasSubstr("2 other devices of it: cut off at once"));
  EXPECT_THAT(plan, HasSubstr("too: fastness ca distrust 2\n"));
  EXPECT_THAT(plan, Not(HasSubstr("distrust 1")));
  EXPECT_THAT(plan_of_rotation(authority(), emergency(), std::nullopt), HasSubstr("for good"));
}

TEST(AuthorityText, AnAbortSaysWhetherTheKeyGoesOrStays) {
  EXPECT_THAT(plan_of_abort(authority()), HasSubstr("Generation 3 issues already, and goes on"));
  const auto soaking = json::parse(R"({"rotation":{"to":2,"step":"soaking"}})").value();
  EXPECT_THAT(plan_of_abort(soaking), HasSubstr("The key of generation 2 is destroyed"));
}

TEST(AuthorityText, DistrustAndDestructionSayHowMany) {
  AuthorityCommand command;
  command.generation = 2;
  EXPECT_THAT(plan_of_distrust(authority(), command, std::nullopt),
              HasSubstr("1 other device of it: cut off at once"));
  command.generation = 1;
  EXPECT_THAT(plan_of_destruction(authority(), command), HasSubstr("4 boards of it"));
  command.generation = 9;
  EXPECT_THAT(plan_of_destruction(authority(), command), HasSubstr("no generation 9"));
}

TEST(CutOff, IsDaysADateATimeOrNever) {
  const Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 29) + 1h};
  const auto parsed = [&](const char* text) { return parse_cut_off(text, now).value(); };
  EXPECT_EQ(parsed("0"), now);
  EXPECT_EQ(parsed("90"), now + std::chrono::days(90));
  EXPECT_EQ(parsed("2027-01-31"),
            Timestamp(std::chrono::sys_days(std::chrono::year(2027) / 1 / 31)));
  EXPECT_EQ(parsed("2027-01-31T12:00:00Z"),
            Timestamp(std::chrono::sys_days(std::chrono::year(2027) / 1 / 31) + 12h));
  EXPECT_EQ(parsed("never"), std::nullopt);
  for (const char* bad : {"", "-1", "1.5", "90d", "36526", "99999999999999999999", "2027-13-01",
                          "tomorrow", "Never", "2027-01-31x"}) {
    EXPECT_EQ(parse_cut_off(bad, now).error().code, Errc::invalid_argument) << bad;
  }
}

// What needs no instance to be refused is refused before one is asked.
TEST(AuthorityCommands, OptionsThatDoNotGoTogetherAreAMistake) {
  const auto refusal = [](const AuthorityCommand& command) {
    const auto result =
        run_authority_command("/nowhere", Action::ca_rotate, command, SystemClock(),
                              [](const std::string&) -> Result<bool> { return true; });
    EXPECT_EQ(result.error().code, Errc::invalid_argument);
    return result.error().message;
  };
  AuthorityCommand command = emergency();
  command.cut_off = "";
  EXPECT_THAT(refusal(command), HasSubstr("--emergency needs --cut-off"));
  command = emergency();
  command.soak_minutes = 5;
  EXPECT_THAT(refusal(command), HasSubstr("--soak does not go with --emergency"));
  command = {};
  command.cut_off = "90";
  EXPECT_THAT(refusal(command), HasSubstr("a routine rotation keeps every board"));
}

TEST(AuthorityText, SaysThatEnrolmentIsLockedAndWhatEndsThat) {
  const auto locked_by = [](const char* generation) {
    std::string text = kRotating;
    text.insert(text.rfind('}'), std::string(R"(, "lockdown": {"generation": )") + generation +
                                     R"(, "since": "2026-11-02T08:00:00Z"})");
    return json::parse(text).value();
  };
  EXPECT_THAT(authority_as_text(authority()), Not(HasSubstr("locked")));
  const std::string said = authority_as_text(locked_by("3"));
  EXPECT_THAT(said, HasSubstr("locked            since 2026-11-02 08:00 UTC"));
  EXPECT_THAT(said, HasSubstr("fastness ca unlock"));

  EXPECT_THAT(plan_of_unlock(locked_by("3")), HasSubstr("its next use locks again"));
  EXPECT_THAT(plan_of_unlock(locked_by("1")), Not(HasSubstr("locks again")))
      << "a key that was given up";
  EXPECT_THAT(plan_of_unlock(authority()), HasSubstr("Nothing is locked"));
}

}  // namespace
}  // namespace fastness::supervisor
