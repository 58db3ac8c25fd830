// Two certificates, and a crash at every write between them.
#include "device/credential_slots.h"

#include <set>
#include <utility>

#include <sys/stat.h>

#include "device/certificates.h"
#include "device/files.h"
#include "device/fixture_test.h"

namespace fastness::device {
namespace {

using testing::Folder;

// A store whose power goes at the n-th write: before it, or after it and before anybody is told.
class DyingStore final : public Store {
 public:
  explicit DyingStore(MemoryStore& disk) : disk_(disk) {}
  void die_at(int write, bool is_written) {
    left_ = write;
    is_written_ = is_written;
  }
  [[nodiscard]] bool is_dead() const { return left_ == 0; }

  Result<std::optional<std::string>> read(std::string_view name) override {
    return disk_.read(name);
  }
  Result<void> replace(std::string_view name, std::string_view text) override {
    if (left_ > 0 && --left_ > 0) return disk_.replace(name, text);
    if (left_ < 0) return disk_.replace(name, text);
    if (std::exchange(is_written_, false)) (void)disk_.replace(name, text);
    return fail(Errc::unavailable, "the power is gone");
  }

 private:
  MemoryStore& disk_;
  int left_ = -1;  // -1: for ever
  bool is_written_ = false;
};

TEST(CredentialSlots, BeginWithOneAndKnowItAgain) {
  MemoryStore disk;
  EXPECT_EQ(CredentialSlots::open(disk).error().code, Errc::not_found);
  ASSERT_TRUE(CredentialSlots::begin(disk, "first"));
  const auto slots = CredentialSlots::open(disk);
  ASSERT_TRUE(slots);
  EXPECT_EQ(slots->present(), "first");
  EXPECT_FALSE(slots->is_on_trial());
}

TEST(CredentialSlots, ATrialEndsWithOneOfTheTwo) {
  MemoryStore disk;
  auto slots = CredentialSlots::begin(disk, "first").value();
  ASSERT_TRUE(slots.put_on_trial("second"));
  EXPECT_EQ(slots.present(), "second");
  EXPECT_EQ(slots.kept(), "first");
  EXPECT_EQ(CredentialSlots::open(disk)->present(), "second") << "a restart goes on with the trial";
  ASSERT_TRUE(slots.roll_back());
  EXPECT_EQ(slots.present(), "first");
  EXPECT_EQ(CredentialSlots::open(disk)->present(), "first");

  ASSERT_TRUE(slots.put_on_trial("third"));
  ASSERT_TRUE(slots.commit());
  EXPECT_EQ(slots.kept(), "third");
  ASSERT_TRUE(slots.put_on_trial("fourth"));
  ASSERT_TRUE(slots.put_on_trial("fifth")) << "in place of the fourth";
  EXPECT_EQ(slots.kept(), "third");
  ASSERT_TRUE(slots.commit());
  EXPECT_EQ(CredentialSlots::open(disk)->kept(), "fifth");
}

TEST(CredentialSlots, CommitAndRollBackWithoutATrialChangeNothing) {
  MemoryStore disk;
  auto slots = CredentialSlots::begin(disk, "first").value();
  EXPECT_TRUE(slots.commit());
  EXPECT_TRUE(slots.roll_back());
  EXPECT_EQ(CredentialSlots::open(disk)->present(), "first");
}

TEST(CredentialSlots, APowerCutAtAnyWriteLeavesTheStateBeforeOrAfter) {
  const struct {
    const char* what;
    Result<void> (*act)(CredentialSlots& slots);
    std::set<std::string> may_show;
  } cases[] = {
      {"put on trial", [](CredentialSlots& s) { return s.put_on_trial("new"); }, {"kept", "new"}},
      {"put another on trial",
       [](CredentialSlots& s) {
         (void)s.put_on_trial("never");
         return s.put_on_trial("new");
       },
       {"kept", "never", "new"}},
      {"commit",
       [](CredentialSlots& s) -> Result<void> {
         FASTNESS_RETURN_IF_ERROR(s.put_on_trial("new"));
         return s.commit();
       },
       {"kept", "new"}},
      {"roll back",
       [](CredentialSlots& s) -> Result<void> {
         FASTNESS_RETURN_IF_ERROR(s.put_on_trial("new"));
         return s.roll_back();
       },
       {"kept", "new"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    for (const bool is_written : {false, true}) {
      int deaths = 0;
      for (int write = 1; write < 20; ++write) {
        MemoryStore disk;
        ASSERT_TRUE(CredentialSlots::begin(disk, "kept"));
        DyingStore store(disk);
        auto slots = CredentialSlots::open(store).value();
        store.die_at(write, is_written);
        const auto done = c.act(slots);
        if (!store.is_dead()) break;
        ++deaths;
        EXPECT_FALSE(done);
        auto again = CredentialSlots::open(disk);
        ASSERT_TRUE(again) << write << ": " << again.error().message;
        EXPECT_TRUE(c.may_show.contains(again->present())) << write << ": " << again->present();
        CredentialSlots goes_on = std::move(again).value();
        ASSERT_TRUE(goes_on.put_on_trial("later"));
        ASSERT_TRUE(goes_on.commit());
        EXPECT_EQ(CredentialSlots::open(disk)->kept(), "later");
      }
      EXPECT_GT(deaths, 0);
    }
  }
}

TEST(CredentialSlots, AFailedWriteIsNoTrial) {
  MemoryStore disk;
  ASSERT_TRUE(CredentialSlots::begin(disk, "kept"));
  for (const int write : {1, 2}) {
    DyingStore store(disk);
    auto slots = CredentialSlots::open(store).value();
    store.die_at(write, false);
    EXPECT_FALSE(slots.put_on_trial("new"));
    EXPECT_EQ(slots.present(), "kept") << write;
  }
}

TEST(CredentialSlots, EnrollingAnewKeepsTheOldOneUntilItIsWhole) {
  for (int write = 1; write < 10; ++write) {
    MemoryStore disk;
    ASSERT_TRUE(CredentialSlots::begin(disk, "kept"));
    DyingStore store(disk);
    store.die_at(write, false);
    const auto begun = CredentialSlots::begin(store, "new");
    EXPECT_EQ(CredentialSlots::open(disk)->present(), begun ? "new" : "kept") << write;
  }
}

TEST(CredentialSlots, WhatMakesNoSenseIsNotGuessedAt) {
  for (const char* state : {"", "c", "aa", "abb", "ab"}) {
    MemoryStore disk;
    ASSERT_TRUE(CredentialSlots::begin(disk, "kept"));
    ASSERT_TRUE(disk.replace("slots", state));
    EXPECT_EQ(CredentialSlots::open(disk).error().code, Errc::corrupted) << state;
  }
}

TEST(CredentialSlots, ARequestIsKeptUntilItsCertificateIs) {
  MemoryStore disk;
  auto slots = CredentialSlots::begin(disk, "first").value();
  EXPECT_FALSE(slots.request());
  const Bytes asked = {1, 2, 3};
  ASSERT_TRUE(slots.keep_request(asked));
  EXPECT_EQ(CredentialSlots::open(disk)->request(), asked);
  ASSERT_TRUE(slots.put_on_trial("second"));
  EXPECT_EQ(slots.request(), asked);
  ASSERT_TRUE(slots.commit());
  EXPECT_FALSE(slots.request());
}

TEST(DirectoryStore, KeepsFilesThatNobodyElseReads) {
  const Folder folder;
  DirectoryStore store(folder.path());
  EXPECT_FALSE(store.read("slots").value());
  ASSERT_TRUE(store.replace("slots", "a"));
  ASSERT_TRUE(store.replace("slots", "ab"));
  EXPECT_EQ(store.read("slots").value(), "ab");
  struct stat status {};
  ASSERT_EQ(::stat((folder.path() / "slots").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  std::filesystem::remove_all(folder.path());
  EXPECT_FALSE(store.replace("slots", "b"));
}

TEST(FileKey, IsReadByItsOwnerOnlyAndNeverOverwritten) {
  const Folder folder;
  const auto file = folder.path() / "device.key";
  EXPECT_EQ(FileKey::open(file).error().code, Errc::not_found);
  const auto made = FileKey::make(file);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(FileKey::make(file).error().code, Errc::already_exists);
  const auto opened = FileKey::open(file);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->public_key(), made->public_key());
  const Bytes message = {1, 2, 3};
  EXPECT_TRUE(testing::is_signed_by(made->public_key(), message, opened->sign(message).value()));
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_EQ(FileKey::open(file).error().code, Errc::permission_denied);
  ASSERT_TRUE(replace_file(file, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
  EXPECT_EQ(FileKey::open(file).error().code, Errc::corrupted);
}

}  // namespace
}  // namespace fastness::device
