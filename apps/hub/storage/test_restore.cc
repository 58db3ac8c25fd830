#include "storage/test_restore.h"

#include <utility>

#include "gateway/store/session_store.h"
#include "ledger/checkpoint.h"
#include "pipeline/pipeline.h"
#include "storage/disk_room.h"

namespace fastness::hub {
namespace {

namespace fs = std::filesystem;

// Of the disk that devices need, too.
constexpr std::uint64_t kLeftFreeBesides = std::uint64_t{256} << 20U;

std::vector<std::string> families_of_values() {
  std::vector<std::string> families = history::History::families();
  families.emplace_back(keys::ContentKeys::kFamily);
  families.emplace_back(things::LastValues::kFamily);
  families.emplace_back(gateway::SessionStore::kFamily);
  return families;
}

}  // namespace

struct TestRestore::Job {
  Uuid backup;
  restored::Expectation expected;
  bool is_begun = false;
  std::optional<storage::Database> database = {};  // of the copy, while it is examined
  Progress progress = {};
};

TestRestore::TestRestore(const Parts& parts)
    : parts_(parts), segment_keys_(parts.vault, parts.random) {
  note(clear());
}

TestRestore::~TestRestore() {
  job_.reset();
  note(clear());
}

// Of what is in memory: the files are what is to be tried.
Result<restored::Expectation> TestRestore::expect_now() const {
  const identity::Identity& identity = *parts_.domains.identity;
  FASTNESS_ASSIGN_OR_RETURN(const std::string note, identity.checkpoint());
  FASTNESS_ASSIGN_OR_RETURN(const auto ledger,
                            ledger::verify_checkpoint(note, identity.ledger_key()));
  return restored::Expectation{ledger.size, ledger.root, parts_.domains.audit->head(),
                               parts_.stores.journal->status().next};
}

void TestRestore::offer(const Uuid& backup, restored::Expectation expected) {
  if (job_ && job_->progress.state == State::opening) return;  // it is at the one before
  job_ = std::make_unique<Job>(Job{backup, std::move(expected)});
}

Result<bool> TestRestore::begin(const Uuid& backup, std::uint64_t bytes) {
  if (!job_ || job_->backup != backup) return fail(Errc::not_found, "there is no such backup");
  if (job_->is_begun) return fail(Errc::already_exists, "there is one");
  if (!parts_.domains.backups_made->is_test_due(bytes)) return false;
  FASTNESS_RETURN_IF_ERROR(clear());
  // As much as the file has, and not the last of the disk.
  if (auto room =
          check_room(parts_.data.test_restore(), bytes + kLeftFreeBesides, "a test restore");
      !room) {
    if (room.error().code == Errc::exhausted) {
      fail_with(upkeep::Trouble::room, room.error().message);
    }
    return Unexpected<Error>{room.error()};
  }
  FASTNESS_RETURN_IF_ERROR(parts_.files.create_directory(parts_.data.test_restore_files()));
  job_->is_begun = true;
  return true;
}

Result<void> TestRestore::go_on(const Uuid& backup, Unpacked unpacked) {
  const bool is_expected =
      job_ && job_->backup == backup && job_->is_begun && job_->progress.state == State::unpacking;
  if (!is_expected) return fail(Errc::not_found, "there is no such test restore");
  if (unpacked == Unpacked::failed) {
    fail_with(upkeep::Trouble::unpack, "the backup could not be unpacked");
    note(clear());
    return {};
  }
  job_->progress.state = State::opening;
  if (const auto opened = open_restored(backup); !opened) settle(backup, opened);
  return {};
}

// The database under the key of ours, which is given to nobody; then all of it on the copier.
Result<void> TestRestore::open_restored(const Uuid& backup) {
  const fs::path files = parts_.data.test_restore_files();
  FASTNESS_ASSIGN_OR_RETURN(
      storage::Database opened,
      parts_.stores.database.open_copy(files / parts_.data.database().filename()));
  job_->database.emplace(std::move(opened));
  restored::RestoredCopy copy{
      *job_->database,
      files / parts_.data.values().filename(),
      families_of_values(),
      files / parts_.data.journal().filename(),
      {std::string(pipeline::Pipeline::kLastValues), std::string(pipeline::Pipeline::kHistory),
       std::string(kGatewayConsumer)}};
  parts_.post_to_copier([this, backup, copy, expected = job_->expected] {
    auto examined =
        restored::examine(copy, expected, parts_.files, segment_keys_, *parts_.stores.keys,
                          parts_.clock, parts_.random, stop_.get_token());
    parts_.post_to_control(
        [this, backup, examined = std::move(examined)] { settle(backup, examined); });
  });
  return {};
}

void TestRestore::settle(const Uuid& backup, const Result<void>& examined) {
  if (!job_ || job_->backup != backup) return;
  job_->database.reset();
  if (stop_.stop_requested()) return;  // it says nothing of the backup; the next one is tried
  if (examined) {
    job_->progress.state = State::passed;
    parts_.log.info("test_restore_passed");
    note(parts_.domains.backups_made->note_test_passed());
  } else {
    fail_with(upkeep::Trouble::open, examined.error().message);
  }
  note(clear());
}

void TestRestore::fail_with(upkeep::Trouble trouble, const std::string& why) {
  job_->progress = {State::failed, why};
  parts_.log.error("test_restore_failed", {{"step", to_text(trouble)}, {"error", why}});
  note(parts_.domains.backups_made->note_failure(trouble));
}

Result<api::HostTestRestore::Progress> TestRestore::look(const Uuid& backup) {
  if (!job_ || job_->backup != backup || (!job_->is_begun && job_->progress.why.empty())) {
    return fail(Errc::not_found, "there is no such test restore");
  }
  return job_->progress;
}

bool TestRestore::waits() const {
  return job_ && job_->is_begun && job_->progress.state == State::unpacking;
}

void TestRestore::give_up_waiting() {
  if (!waits()) return;
  parts_.log.warning("test_restore_given_up", {{"why", "whoever unpacked it is gone"}});
  job_.reset();
  note(clear());
}

void TestRestore::note(const Result<void>& noted) const {
  if (!noted) parts_.log.warning("test_restore_not_noted", {{"error", noted.error().message}});
}

// Sealed as the instance's own files are, so to remove them is enough.
Result<void> TestRestore::clear() const {
  std::error_code failed;
  fs::remove_all(parts_.data.test_restore_files(), failed);
  if (failed) return fail(Errc::unavailable, "remove run/test-restore: " + failed.message());
  return {};
}

}  // namespace fastness::hub
