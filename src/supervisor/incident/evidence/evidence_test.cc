#include "supervisor/incident/evidence/evidence.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/testing/manual_clock.h"
#include "crypto/digest.h"
#include "supervisor/incident/evidence/evidence_folder.h"
#include "supervisor/incident/incident_commands.h"

namespace fastness::supervisor {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kOrder = R"({"id":"e-1","host_organisation":"h-0","organisations":["o-1"],
  "configuration":"[log]\nlevel = \"info\"\n",
  "ledger":{"key":"ledger-key","checkpoint":"ledger note\n"},
  "audit":{"key":"audit-key","checkpoint":"audit note\n","size":9,"from":4,"hashes":["aGFzaA=="]}})";

std::string contents_of(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// An instance that says what it is told to, and a directory for what is written of it.
class EvidenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "fastness-evidence-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    above_ = pattern;
    for (const char* path : {"status", "restriction", "switches", "incidents", "vault", "ca"}) {
      answers_["GET /admin/v1/" + std::string(path)] = "{}";
    }
    answers_["POST /admin/v1/evidence"] = kOrder;
    answers_["POST /admin/v1/evidence/e-1/end"] = "";
    const std::string of = "GET /admin/v1/evidence/e-1/organisations/";
    answers_[of + "h-0/trail?from=4"] = R"({"entries":[]})";
    answers_[of + "o-1/trail?from=4"] = R"({"entries":[{"index":4},{"index":6}],"next":7})";
    answers_[of + "o-1/trail?from=7"] = R"({"entries":[{"index":8}]})";
    answers_[of + "o-1/checks"] = R"({"checks":[]})";
  }
  void TearDown() override { fs::remove_all(above_); }

  Result<std::string> tell(const AdminRequest& request) {
    asked_ += request.method + " " + request.path + " " + request.body + "\n";
    const auto found = answers_.find(request.method + " " + request.path);
    if (found == answers_.end()) return fail(Errc::unavailable, "the vault is away");
    return found->second;
  }
  Result<Evidence> take(std::optional<Timestamp> since = std::nullopt) {
    return take_evidence(
        {there(), since, "[mail]\n", above_.string()},
        [this](const AdminRequest& request) { return tell(request); }, files_, clock_);
  }
  IncidentWorld make_world(bool agrees) {
    return {[this](const AdminRequest& request) { return tell(request); },
            files_,
            clock_,
            [this, agrees](const std::string& plan) {
              plan_ = plan;
              return Result<bool>(agrees);
            },
            "",
            ""};
  }
  std::string there() const { return (above_ / "evidence").string(); }
  std::string file(const char* name) const { return contents_of(fs::path(there()) / name); }

  fs::path above_;
  std::map<std::string, std::string> answers_;
  std::string asked_;
  std::string plan_;  // that somebody was asked about
  os::PosixFileSystem files_;
  fastness::testing::ManualClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)};
};

TEST_F(EvidenceTest, EveryFileIsInTheManifestAndTheDirectoryIsItsOwnersAlone) {
  std::ofstream(above_ / "fastness-hub") << "a program";
  const auto taken = take();
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_TRUE(taken->missing.empty());

  std::map<std::string, std::string> stated;
  std::istringstream manifest(file("MANIFEST"));
  for (std::string digest, name; manifest >> digest >> name;) stated[name] = digest;
  std::size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(there())) {
    const std::string name = entry.path().filename().string();
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
    if (name == "MANIFEST") continue;
    ++seen;
    EXPECT_EQ(stated[name], to_hex(crypto::sha256(as_bytes(contents_of(entry.path()))))) << name;
  }
  EXPECT_EQ(seen, stated.size());
  struct stat status {};
  ASSERT_EQ(::stat(there().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  EXPECT_EQ(taken->manifest_sha256, to_hex(crypto::sha256(as_bytes(file("MANIFEST")))));
  EXPECT_THAT(asked_, HasSubstr("/e-1/end {\"manifest_sha256\":\"" + taken->manifest_sha256));
  EXPECT_THAT(file("versions.txt"), HasSubstr("SHA-256 of fastness-hub: " +
                                              to_hex(crypto::sha256(as_bytes("a program")))));
  EXPECT_THAT(file("versions.txt"), HasSubstr("SHA-256 of fastness-vault: not known"));
}

TEST_F(EvidenceTest, TrailsAreExportsThatHoldWhatEachPageSaid) {
  ASSERT_TRUE(take());
  EXPECT_EQ(
      file("audit-o-1.ndjson"),
      R"({"format":"fastness-audit-export-v1","key":"audit-key","organisation":"o-1","from":4,)"
      R"("size":9,"checkpoint":"audit note\n","consistency":["aGFzaA=="]})"
      "\n{\"index\":4}\n{\"index\":6}\n{\"index\":8}\n{\"entries\":3}\n");
  EXPECT_THAT(file("audit-host.ndjson"), HasSubstr("{\"entries\":0}\n"));
  EXPECT_EQ(file("ledger-checkpoint.txt"), "ledger note\n");
  EXPECT_EQ(file("keys.txt"), "ledger-key\naudit-key\n");
  EXPECT_EQ(file("configuration.toml"), "[log]\nlevel = \"info\"\n");
}

TEST_F(EvidenceTest, WhatTheInstanceDoesNotSayIsNamedAndTheRestIsThere) {
  answers_.erase("GET /admin/v1/vault");
  answers_.erase("GET /admin/v1/evidence/e-1/organisations/o-1/trail?from=7");
  const auto taken = take();
  ASSERT_TRUE(taken);
  ASSERT_EQ(taken->missing.size(), 2U);
  EXPECT_THAT(file("README.md"), HasSubstr("- vault.json: the vault is away"));
  EXPECT_THAT(file("README.md"), HasSubstr("- audit-o-1.ndjson after 2 entries"));
  EXPECT_THAT(file("audit-o-1.ndjson"), Not(HasSubstr("entries"))) << "verify says that it is cut";
}

TEST_F(EvidenceTest, OfAnInstanceThatIsSilentThereIsTheHostAndTheSettings) {
  answers_.clear();
  const auto taken = take();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->missing.size(), 7U);
  EXPECT_THAT(file("configuration.toml"), HasSubstr("the instance did not answer.\n[mail]\n"));
  EXPECT_THAT(file("host.txt"), HasSubstr("taken at: 2026-12-01T00:00:00Z\n"));
  EXPECT_THAT(asked_, Not(HasSubstr("/end")));
}

TEST_F(EvidenceTest, NothingIsWrittenOverAndNothingElseIsRemoved) {
  fs::create_directory(there());
  EXPECT_EQ(take().error().code, Errc::already_exists);
  EXPECT_TRUE(fs::is_empty(there()));
  fs::remove(there());
  fs::create_symlink("/nowhere/at/all", there());
  EXPECT_EQ(take().error().code, Errc::already_exists);
  fs::remove(there());
  fs::create_directory(there() + ".partial");
  std::ofstream(there() + ".partial/theirs") << "x";
  EXPECT_EQ(take().error().code, Errc::already_exists);
  EXPECT_TRUE(fs::exists(there() + ".partial/theirs"));
  EXPECT_TRUE(asked_.empty()) << "no trail says that evidence was taken";
}

TEST_F(EvidenceTest, AFolderThatIsNotSealedGoesAndNeverHasTheName) {
  {
    const auto folder = EvidenceFolder::create(files_, there()).value();
    ASSERT_TRUE(folder->add("a.txt", "a"));
    EXPECT_FALSE(folder->add("a.txt", "b")) << "each file once";
    EXPECT_FALSE(fs::exists(there()));
    fs::create_directory(there());
    EXPECT_FALSE(folder->seal()) << "not even over an empty directory";
  }
  EXPECT_TRUE(fs::is_empty(there()));
  EXPECT_FALSE(fs::exists(there() + ".partial"));
}

TEST_F(EvidenceTest, TheJournalIsAskedForSinceTheSameTime) {
  ASSERT_TRUE(take(clock_.now() - std::chrono::hours(2)));
  EXPECT_THAT(file("README.md"), HasSubstr("--since '2026-11-30 22:00:00 UTC'"));
  EXPECT_THAT(asked_, HasSubstr(R"({"since":"2026-11-30T22:00:00Z"})"));
}

TEST_F(EvidenceTest, TheCommandsAskWhatTheySay) {
  const IncidentWorld world = make_world(true);
  const std::string incident =
      R"({"number":1,"opened_at":"2026-12-01T00:00:00Z","aware_at":"2026-11-30T21:00:00Z","reason":"x"})";
  answers_["POST /admin/v1/incidents"] = incident;
  answers_["POST /admin/v1/incidents/close"] = incident;
  IncidentCommand command;
  command.reason = "x";
  command.aware = "3h";
  command.level = "read-only";
  EXPECT_THAT(run_incident_command(Action::incident_open, command, world).value(),
              HasSubstr("incident    1, open"));
  EXPECT_THAT(asked_, HasSubstr(R"({"reason":"x","aware_at":"2026-11-30T21:00:00Z",)"
                                R"("restrict_to":"read-only"})"));

  command.aware = "tomorrow";
  EXPECT_EQ(run_incident_command(Action::incident_open, command, world).error().code,
            Errc::invalid_argument);

  command.file = (above_ / "statement").string();
  EXPECT_EQ(run_incident_command(Action::incident_close, command, world).error().code,
            Errc::not_found);
  std::ofstream(command.file) << "It is over.\n\nAll is well.\n";
  ASSERT_TRUE(run_incident_command(Action::incident_close, command, world));
  EXPECT_THAT(asked_, HasSubstr(R"({"statement":"It is over.\n\nAll is well."})"));
}

TEST_F(EvidenceTest, NobodyIsMailedWithoutAYesToHowManyThatIs) {
  answers_["POST /admin/v1/incidents/letters"] =
      R"({"concerned":5,"told_before":2,"to_tell":3,"dry_run":true})";
  IncidentCommand command;
  command.file = (above_ / "letter").string();
  std::ofstream(command.file) << "Choose a new password.\n";
  EXPECT_EQ(run_incident_command(Action::incident_notify, command, make_world(true)).error().code,
            Errc::invalid_argument)
      << "nobody is named";
  EXPECT_TRUE(asked_.empty());

  command.key = "fk1";
  EXPECT_EQ(run_incident_command(Action::incident_notify, command, make_world(false)).value(),
            "Nobody was written to.\n");
  EXPECT_EQ(plan_, "5 people are concerned, of whom 2 were told before. 3 would be mailed.\n");
  EXPECT_THAT(asked_, Not(HasSubstr(R"("dry_run":false)")));

  ASSERT_TRUE(run_incident_command(Action::incident_notify, command, make_world(true)));
  EXPECT_THAT(asked_, HasSubstr(R"({"text":"Choose a new password.","affected":{"key":"fk1"},)"
                                R"("dry_run":false})"));
}

}  // namespace
}  // namespace fastness::supervisor
