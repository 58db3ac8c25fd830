// Alarms on their way to people: each told once, none lost, no flood, and no word of a stranger's.
#include "identity/alarms/alarm_post.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/x509/certificate_request.h"
#include "identity/identity_fixture_test.h"
#include "upkeep/trouble.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::IdentityTest;
using ::testing::Not;
using ::testing::SizeIs;
using vault_ipc::GenerationId;
using vault_ipc::Profile;

class AlarmPostTest : public ::testing::Test {
 protected:
  AlarmPostTest() { start(); }

  void start() {
    book_ = std::make_unique<AlarmBook>(AlarmBook::open(database_).value());
    post_ = make({"mail"});
  }
  std::unique_ptr<AlarmPost> make(const AlarmChannel& channel) {
    return std::make_unique<AlarmPost>(
        clock_,
        AlarmPost::Options{
            channel, channel.part ? AlarmReader::owner : AlarmReader::host, 3,
            [] { return std::string("https://iot.lan/"); },
            [this](const wording::Letter& letter, const AlarmPost::Done& done) {
              letters_.push_back(letter);
              if (is_slow_) {
                waiting_ = done;
              } else {
                done(is_away_ ? Result<void>(fail(Errc::unavailable, "away")) : Result<void>());
              }
            },
            [this](const Result<void>& each) { reports_.push_back(each.has_value()); }});
  }
  void note(AlarmKind kind, const std::string& subject,
            AlarmResponse response = AlarmResponse::none) {
    ASSERT_TRUE(book_->note({kind, nobodys(), subject, response}, clock_.now()));
  }
  void note_device_of(std::uint8_t organisation, const std::string& subject) {
    ASSERT_TRUE(
        book_->note({AlarmKind::clone, organisation_of(organisation), subject}, clock_.now()));
  }
  static OrganisationId organisation_of(std::uint8_t number) {
    return OrganisationId(Uuid(Uuid::Bytes{number}));
  }
  std::unique_ptr<AlarmPost> make_owner_of(std::uint8_t number) {
    return make({"user:" + std::to_string(number),
                 AlarmChannel::Part{organisation_of(number), clock_.now()}});
  }
  void pass(std::chrono::seconds time) {
    clock_.advance(time);
    ASSERT_TRUE(post_->update(*book_));
  }

  fastness::testing::ManualClock clock_{
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)) + 90min};
  storage::Database database_ = storage::Database::open_in_memory().value();
  std::unique_ptr<AlarmBook> book_;
  std::unique_ptr<AlarmPost> post_;
  std::vector<wording::Letter> letters_;
  std::vector<bool> reports_;
  AlarmPost::Done waiting_;
  bool is_away_ = false;
  bool is_slow_ = false;
};

TEST_F(AlarmPostTest, OneLetterForEachHoweverOftenItIsSeen) {
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(0));
  for (int i = 0; i < 5; ++i) {
    note(AlarmKind::forgery, "2");
    pass(1s);
  }
  ASSERT_THAT(letters_, SizeIs(1));
  EXPECT_EQ(letters_[0].subject.en, "Fastness alarm: the device key of generation 2 is loose");
  EXPECT_THAT(letters_[0].body.en, HasSubstr("On 2026-11-22 01:30 UTC"));
  EXPECT_THAT(letters_[0].body.en, HasSubstr("fastness ca rotate --emergency"));
  EXPECT_THAT(letters_[0].body.en, HasSubstr("See https://iot.lan/check-up"));
  note(AlarmKind::forgery, "3");
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(2)) << "another generation is another alarm";

  start();
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(2)) << "and a restart tells nothing again";
}

TEST_F(AlarmPostTest, WhatComesAgainAfterADayOfQuietIsToldAgain) {
  note(AlarmKind::clone, "d");
  pass(1s);
  clock_.advance(23h);
  note(AlarmKind::clone, "d");
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(1));
  clock_.advance(25h);
  note(AlarmKind::clone, "d");
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(2));
}

TEST_F(AlarmPostTest, WhatDoesNotArriveIsSentUntilItDoesAndARestartLosesNothing) {
  is_away_ = true;
  note(AlarmKind::forgery, "1", AlarmResponse::locked);
  pass(1s);
  EXPECT_EQ(post_->failing_since(), clock_.now());
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(1)) << "not each second";
  pass(AlarmPost::kFirstPause);
  pass(AlarmPost::kFirstPause);
  EXPECT_THAT(letters_, SizeIs(2)) << "the pause doubles";
  pass(AlarmPost::kFirstPause * 2);
  EXPECT_THAT(letters_, SizeIs(3));

  start();
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(4));
  EXPECT_TRUE(post_->failing_since());
  is_away_ = false;
  pass(AlarmPost::kFirstPause);
  EXPECT_THAT(letters_, SizeIs(5));
  EXPECT_FALSE(post_->failing_since());
  EXPECT_THAT(letters_.back().body.en, HasSubstr("fastness ca unlock"));
  pass(1h);
  EXPECT_THAT(letters_, SizeIs(5));
}

TEST_F(AlarmPostTest, AFloodIsAFewLettersAndOneThatNamesTheRest) {
  for (int i = 0; i < 50; ++i) note(AlarmKind::second_renewal, "device-" + std::to_string(i));
  for (int i = 0; i < 60; ++i) pass(1s);
  ASSERT_THAT(letters_, SizeIs(3));
  EXPECT_EQ(letters_[2].subject.en, "Fastness alarm: 48 alarms");
  EXPECT_THAT(letters_[2].body.en, HasSubstr("device-49 "));

  for (int i = 0; i < 7; ++i) note(AlarmKind::clone, "late-" + std::to_string(i));
  pass(1s);
  start();
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(3)) << "nor does a restart open the gate";
  for (int i = 0; i < 61; ++i) pass(1min);
  EXPECT_THAT(letters_.back().body.en, HasSubstr("late-6 "));
  EXPECT_LE(letters_.size(), 6U);
}

TEST_F(AlarmPostTest, WhatBeginsAnewWhileItsLetterIsUnderWayIsToldOfItself) {
  is_slow_ = true;
  note(AlarmKind::clone, "d");
  pass(1s);
  ASSERT_THAT(letters_, SizeIs(1));
  clock_.advance(25h);
  note(AlarmKind::clone, "d");
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(1)) << "one at a time";
  waiting_(Result<void>());
  is_slow_ = false;
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(2));
}

TEST_F(AlarmPostTest, ChannelsDoNotAnswerForEachOther) {
  is_away_ = true;
  note(AlarmKind::forgery, "1");
  pass(1s);
  is_away_ = false;
  const auto other = make({"url"});
  ASSERT_TRUE(other->update(*book_));
  EXPECT_FALSE(other->failing_since());
  EXPECT_TRUE(post_->failing_since());
  pass(1min);
  EXPECT_THAT(letters_, SizeIs(3)) << "the first was not told by the second's success";
}

TEST_F(AlarmPostTest, AnOwnerHearsOfTheirOwnDevicesAndOfWhatConcernsAll) {
  const auto mine = make_owner_of(1);
  note_device_of(2, "theirs");
  note_device_of(1, "mine");
  note(AlarmKind::forgery, "4");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(mine->update(*book_));
  ASSERT_THAT(letters_, SizeIs(2));
  EXPECT_THAT(letters_[0].body.en, HasSubstr("device mine"));
  EXPECT_THAT(letters_[1].body.en, HasSubstr("generation 4"));
  EXPECT_THAT(letters_[1].body.en, HasSubstr("whoever runs this server was told"));
  EXPECT_THAT(letters_[1].body.en, Not(HasSubstr("fastness ca"))) << "an owner has no host";
  pass(1s);
  EXPECT_THAT(letters_, SizeIs(3)) << "whoever runs it hears of all, whatever owners were told";
}

TEST_F(AlarmPostTest, BackupsAreToldToWhoeverRunsTheServerAndToNoOwner) {
  const std::string streak =
      upkeep::to_text(upkeep::Streak{upkeep::Trouble::verify, clock_.now() - 2h});
  const auto owner = make_owner_of(1);
  for (const AlarmKind kind : {AlarmKind::backup_failed, AlarmKind::backup_well}) {
    ASSERT_TRUE(book_->note({kind, the_hosts(), streak}, clock_.now()));
    ASSERT_TRUE(owner->update(*book_));
    EXPECT_THAT(letters_, SizeIs(0));
  }
  pass(1s);
  pass(1s);
  ASSERT_THAT(letters_, SizeIs(2));
  EXPECT_EQ(letters_[0].subject.en, "Fastness alarm: no backup was made");
  EXPECT_THAT(letters_[0].body.en,
              HasSubstr("Since 2026-11-21 23:30 UTC: what was written could not"));
  EXPECT_EQ(letters_[1].subject.en, "Fastness: backups are made again");
}

TEST_F(AlarmPostTest, ATestRestoreThatFailsIsNotToldAsAMissingBackup) {
  const std::string streak =
      upkeep::to_text(upkeep::Streak{upkeep::Trouble::room, clock_.now() - 2h});
  for (const AlarmKind kind : {AlarmKind::backup_failed, AlarmKind::backup_well}) {
    ASSERT_TRUE(book_->note({kind, the_hosts(), streak}, clock_.now()));
  }
  pass(1s);
  pass(1s);
  ASSERT_THAT(letters_, SizeIs(2));
  EXPECT_EQ(letters_[0].subject.en, "Fastness alarm: a backup was not proved by restoring it");
  EXPECT_THAT(letters_[0].body.en, HasSubstr("too little room for a second copy"));
  EXPECT_THAT(letters_[0].body.en, Not(HasSubstr("is lost with the host")));
  EXPECT_EQ(letters_[1].subject.en, "Fastness: a backup was restored on trial again");
}

TEST_F(AlarmPostTest, ASubjectThatIsNoStreakIsNotRepeated) {
  const std::vector<NotedAlarm> alarms(
      2, NotedAlarm{1, {AlarmKind::backup_failed, the_hosts(), "a file's name"}, {}, {}, 1});
  for (const auto& letter : {letter_for(alarms, AlarmReader::host, ""),
                             letter_for({alarms[0]}, AlarmReader::host, "")}) {
    EXPECT_THAT(letter.body.en, Not(HasSubstr("name")));
    EXPECT_THAT(letter.body.de, Not(HasSubstr("name")));
  }
}

TEST_F(AlarmPostTest, WhoComesLaterHearsNothingOfBefore) {
  note(AlarmKind::forgery, "4");
  clock_.advance(1s);
  const auto late = make_owner_of(1);
  ASSERT_TRUE(late->update(*book_));
  EXPECT_THAT(letters_, SizeIs(0));
  note(AlarmKind::forgery, "4");
  ASSERT_TRUE(late->update(*book_));
  EXPECT_THAT(letters_, SizeIs(1)) << "it goes on, and so it is theirs too";
}

TEST_F(AlarmPostTest, WhatIsOldIsForgottenUntold) {
  note(AlarmKind::clone, "old");
  clock_.advance(24h * 31);
  note(AlarmKind::clone, "new");
  EXPECT_THAT(book_->pending({"mail"}, 10).value(), SizeIs(1));
}

class AlarmSources : public IdentityTest {};

TEST_F(AlarmSources, IdentityNotesWhatItSeesAndWhatItDid) {
  reopen_with(
      {.on_forgery = OnForgery::lockdown, .on_second_renewal = OnSecondRenewal::quarantine});
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::standard));
  clock.advance(1h);
  const auto request = [this] {
    return crypto::CertificateRequest::build(key, device.value().to_text()).value();
  };
  ASSERT_TRUE(identity->renew(leaf, request()));
  ASSERT_FALSE(identity->renew(leaf, request()));
  identity->report_forged({crypto::Digest{}, GenerationId(1), "a stranger's\r\nwords"});

  const auto noted = identity->alarms().pending({"mail"}, 10).value();
  ASSERT_THAT(noted, SizeIs(2));
  EXPECT_EQ(noted[0].alarm.kind, AlarmKind::second_renewal);
  EXPECT_EQ(noted[0].alarm.subject, device.value().to_text());
  EXPECT_EQ(noted[0].alarm.response, AlarmResponse::quarantined);
  EXPECT_EQ(noted[1].alarm.kind, AlarmKind::forgery);
  EXPECT_EQ(noted[1].alarm.response, AlarmResponse::locked);
  const wording::Letter letter = letter_for(noted, AlarmReader::host, "");
  EXPECT_THAT(letter.body.en, Not(HasSubstr("stranger")));
  EXPECT_THAT(letter.body.de, Not(HasSubstr("stranger")));
}

TEST_F(AlarmSources, ASuspicionIsNotWrittenHome) {
  vault.disconnect();
  identity->report_forged({crypto::Digest{}, GenerationId(1), ""});
  EXPECT_THAT(identity->alarms().pending({"mail"}, 10).value(), SizeIs(0));
}

}  // namespace
}  // namespace fastness::identity
