#include "storage/live_backup.h"

#include <algorithm>
#include <utility>

#include "os/files/private_directory.h"
#include "storage/disk_room.h"

namespace fastness::hub {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles = "files";  // which fastness-backup packs
constexpr const char* kHead = "head";    // which the vault sealed
constexpr int kPagesAtOnce = 128;        // of the control database, between other work
constexpr std::uint64_t kLeftFree = std::uint64_t{64} << 20U;
constexpr std::size_t kMaxWitnessFile = std::size_t{1} << 20U;

crypto::SecretBytes ticket_of(const vault_ipc::BackupBegun& begun) {
  crypto::SecretBytes ticket(begun.key.size() + begun.head.size());
  const auto rest = std::ranges::copy(begun.key.reveal(), ticket.reveal().begin()).out;
  std::ranges::copy(begun.head, rest);
  return ticket;
}

Result<void> write_new(os::FileSystem& files, const fs::path& path, ByteView bytes) {
  FASTNESS_ASSIGN_OR_RETURN(const auto file, files.open(path, os::OpenMode::create_new));
  return file->write_at(0, bytes);
}

}  // namespace

struct LiveBackup::Job {
  Uuid id;
  std::optional<journal::Journal::Snapshot> journal;  // begun before all else: see copy_rest
  std::optional<storage::DatabaseCopy> database;      // until it is whole
  std::optional<vault_ipc::BackupBegun> begun;        // from then on
  std::optional<restored::Expectation> expected;      // of it, too
  bool is_with_copier = false;                        // whose alone it is then, but for these two
  bool is_given_up = false;
  Progress progress;
};

LiveBackup::LiveBackup(const Parts& parts) : parts_(parts) {
  if (const auto cleared = clear(); !cleared) {
    parts_.log.warning("backup_not_removed", {{"error", cleared.error().message}});
  }
}

LiveBackup::~LiveBackup() = default;

Result<Uuid> LiveBackup::begin() {
  if (job_) return fail(Errc::already_exists, "there is one");
  FASTNESS_RETURN_IF_ERROR(clear());
  FASTNESS_ASSIGN_OR_RETURN(job_, make_job());
  parts_.log.info("backup_begun");
  parts_.post_to_control([this] { copy_some(); });
  return job_->id;
}

// For the copies of database and journal, and not the last of it: devices need room too. The store
// of values shares its files with its copy.
Result<void> LiveBackup::check_room(const journal::Journal::Snapshot& journal) const {
  std::error_code failed;
  const std::uint64_t database = fs::file_size(parts_.data.database(), failed);
  if (failed) return fail(Errc::unavailable, "the control database cannot be looked at");
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t records, journal.size());
  return hub::check_room(parts_.data.backup(), database + records + kLeftFree, "the copy");
}

Result<std::unique_ptr<LiveBackup::Job>> LiveBackup::make_job() {
  auto snapshot = parts_.stores.journal->begin_snapshot();
  FASTNESS_RETURN_IF_ERROR(check_room(snapshot));
  const fs::path files = parts_.data.backup() / kFiles;
  FASTNESS_RETURN_IF_ERROR(parts_.files.create_directory(files));
  FASTNESS_RETURN_IF_ERROR(parts_.files.create_directory(files / parts_.data.journal().filename()));
  FASTNESS_ASSIGN_OR_RETURN(
      auto copy, parts_.stores.database.begin_copy(files / parts_.data.database().filename()));
  return std::unique_ptr<Job>(new Job{
      random_uuid(parts_.random), std::move(snapshot), std::move(copy), {}, {}, false, false, {}});
}

void LiveBackup::copy_some() {
  if (!job_ || job_->is_with_copier || !job_->database) return;
  const auto done = step();
  if (!done) return settle(Unexpected<Error>{done.error()});
  if (!*done) return parts_.post_to_control([this] { copy_some(); });
  job_->is_with_copier = true;
  parts_.post_to_copier([this, job = job_.get()] {
    parts_.post_to_control([this, copied = copy_rest(*job)] { settle(copied); });
  });
}

// With the last pages of the database, and before this thread does anything else: what the vault
// says of ledger, audit log and generations, so that the two agree as after a crash.
Result<bool> LiveBackup::step() {
  FASTNESS_ASSIGN_OR_RETURN(const bool is_whole, job_->database->step(kPagesAtOnce));
  if (!is_whole) return false;
  job_->database.reset();
  FASTNESS_RETURN_IF_ERROR(copy_witnesses());
  FASTNESS_ASSIGN_OR_RETURN(job_->begun, parts_.vault.begin_backup());
  FASTNESS_ASSIGN_OR_RETURN(job_->expected, parts_.test_restore.expect_now());
  return true;
}

Result<void> LiveBackup::copy_witnesses() const {
  FASTNESS_ASSIGN_OR_RETURN(const auto names, parts_.files.list(parts_.data.of_hub()));
  for (const std::string& name : names) {
    if (!name.starts_with(DataDirectory::kWitnessPrefix) || name.ends_with(".new")) continue;
    FASTNESS_ASSIGN_OR_RETURN(
        const Bytes bytes,
        os::read_file(parts_.files, parts_.data.of_hub() / name, kMaxWitnessFile));
    FASTNESS_RETURN_IF_ERROR(write_new(parts_.files, parts_.data.backup() / kFiles / name, bytes));
  }
  return {};
}

// The values after the database, whose rows need the keys among them; the journal last, for it
// makes up what the values lack.
Result<void> LiveBackup::copy_rest(Job& job) const {
  const fs::path files = parts_.data.backup() / kFiles;
  FASTNESS_RETURN_IF_ERROR(parts_.stores.values->copy_to(files / parts_.data.values().filename()));
  FASTNESS_RETURN_IF_ERROR(job.journal->copy_to(files / parts_.data.journal().filename()));
  return write_head(job.begun->head_size);
}

Result<void> LiveBackup::write_head(std::uint64_t size) const {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto file, parts_.files.open(parts_.data.backup() / kHead, os::OpenMode::create_new));
  for (std::uint64_t at = 0; at < size;) {
    FASTNESS_ASSIGN_OR_RETURN(const Bytes part, parts_.vault.read_backup_head(at));
    FASTNESS_RETURN_IF_ERROR(file->write_at(at, part));
    at += part.size();
  }
  return {};
}

void LiveBackup::settle(const Result<void>& copied) {
  if (!job_) return;  // it was stopped
  Job& job = *job_;
  job.is_with_copier = false;
  if (job.is_given_up) return give_up();
  job.database.reset();
  job.journal.reset();
  if (copied) {
    job.progress.state = State::ready;
    return;
  }
  parts_.log.warning("backup_failed", {{"error", copied.error().message}});
  job.progress.state = State::failed;
  job.progress.why = copied.error().message;
  static_cast<void>(clear());  // and again when it ends
}

Result<api::HostBackup::Progress> LiveBackup::look(const Uuid& id) {
  if (!job_ || job_->id != id) return fail(Errc::not_found, "there is no such backup");
  Progress progress;
  progress.state = job_->progress.state;
  progress.why = job_->progress.why;
  if (progress.state != State::ready || !job_->begun) return progress;
  progress.ticket = ticket_of(*job_->begun);
  job_->begun.reset();
  return progress;
}

Result<void> LiveBackup::end(const Uuid& id) {
  if (!job_ || job_->id != id) return fail(Errc::not_found, "there is no such backup");
  if (job_->expected) parts_.test_restore.offer(id, *std::move(job_->expected));
  give_up();
  return {};
}

void LiveBackup::tidy() {
  if (!job_ && !parts_.test_restore.waits()) return;
  const auto lock = os::DirectoryLock::take_itself(parts_.data.backup().string());
  if (!lock) return;
  parts_.test_restore.give_up_waiting();
  if (!job_) return;
  parts_.log.warning("backup_given_up", {{"why", "whoever asked for it is gone"}});
  give_up();
}

void LiveBackup::give_up() {
  if (job_->is_with_copier) {
    job_->is_given_up = true;
    return;
  }
  job_.reset();
  if (const auto cleared = clear(); !cleared) {
    parts_.log.warning("backup_not_removed", {{"error", cleared.error().message}});
  }
}

void LiveBackup::stop() {
  if (!job_) return;
  job_->is_with_copier = false;
  give_up();
}

Result<void> LiveBackup::clear() const {
  std::error_code failed;
  for (const char* name : {kFiles, kHead}) {
    fs::remove_all(parts_.data.backup() / name, failed);
    if (failed) return fail(Errc::unavailable, "remove run/backup: " + failed.message());
  }
  return {};
}

}  // namespace fastness::hub
