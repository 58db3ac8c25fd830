#include "supervisor/recovery/staged_copy.h"

#include <array>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "json/text_in.h"
#include "os/files/transfer.h"
#include "os/process.h"
#include "supervisor/admin_client.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kBackups = "/admin/v1/backups";
constexpr std::chrono::milliseconds kBetweenLooks{50};
constexpr std::size_t kTicketSize = 64;

std::string staging_in(const std::string& data_directory) {
  return data_directory + "/run/backup";
}

Result<json::Value> tell(const std::string& data_directory, const AdminRequest& request) {
  FASTNESS_ASSIGN_OR_RETURN(const std::string body, tell_admin(data_directory, request));
  return json::parse(body);
}

// Handed on as it came. This process ends with the backup and lets nobody look into its memory.
Result<os::Descriptor> ticket_in(const json::Value& progress) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes ticket, from_base64url(text_in(progress, "ticket")));
  if (ticket.size() != kTicketSize) return fail(Errc::corrupted, "the instance gave no key");
  FASTNESS_ASSIGN_OR_RETURN(os::Pipe pipe, os::Pipe::make());
  FASTNESS_RETURN_IF_ERROR(os::write_all(pipe.write_end.number(), ticket));
  return std::move(pipe.read_end);
}

}  // namespace

std::string StagedCopy::files_in(const std::string& data_directory) {
  return staging_in(data_directory) + "/files";
}

Result<StagedCopy> StagedCopy::make(const std::string& data_directory) {
  auto lock = os::DirectoryLock::take_itself(staging_in(data_directory));
  if (!lock && lock.error().code == Errc::already_exists) {
    return fail(Errc::already_exists, "a backup is being made already: wait until it has ended");
  }
  if (!lock) return propagate(std::move(lock));
  StagedCopy copy(data_directory, std::move(lock).value());
  FASTNESS_ASSIGN_OR_RETURN(const json::Value begun, tell(data_directory, {"POST", kBackups, ""}));
  copy.id_ = text_in(begun, "id");
  copy.is_there_ = true;
  FASTNESS_RETURN_IF_ERROR(copy.await());
  return copy;
}

Result<void> StagedCopy::await() {
  const AdminRequest look{"GET", kBackups + ("/" + id_), ""};
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const json::Value progress, tell(data_directory_, look));
    const std::string state = text_in(progress, "state");
    if (state == "failed") {
      return fail(Errc::unavailable,
                  "the instance could not copy its files: " + text_in(progress, "why"));
    }
    if (state == "ready") {
      FASTNESS_ASSIGN_OR_RETURN(ticket_, ticket_in(progress));
      FASTNESS_ASSIGN_OR_RETURN(second_ticket_, ticket_in(progress));
      FASTNESS_ASSIGN_OR_RETURN(third_ticket_, ticket_in(progress));
      return {};
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

StagedCopy::StagedCopy(StagedCopy&& other) noexcept
    : data_directory_(std::move(other.data_directory_)),
      lock_(std::move(other.lock_)),
      id_(std::move(other.id_)),
      is_there_(std::exchange(other.is_there_, false)),
      ticket_(std::move(other.ticket_)),
      second_ticket_(std::move(other.second_ticket_)),
      third_ticket_(std::move(other.third_ticket_)) {}

StagedCopy::~StagedCopy() {
  if (is_there_) static_cast<void>(end());
}

Result<void> StagedCopy::end() {
  is_there_ = false;
  FASTNESS_RETURN_IF_ERROR(tell_admin(data_directory_, {"DELETE", kBackups + ("/" + id_), ""}));
  return {};
}

// The directory is the hub's, and this may be root: nothing is followed out of it.
Result<void> StagedCopy::write_head(const os::Descriptor& file) const {
  const os::Descriptor head(
      ::openat(lock_.descriptor().number(), "head", O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!head.is_open()) return os::fail_with_errno("open the backup's head");
  struct stat status {};
  if (::fstat(head.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(Errc::corrupted, "the backup's head is no file");
  }
  Bytes piece(std::size_t{64} << 10U);
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const std::size_t got, os::read_up_to(head.number(), piece));
    FASTNESS_RETURN_IF_ERROR(os::write_all(file.number(), ByteView(piece).first(got)));
    if (got < piece.size()) return {};
  }
}

}  // namespace fastness::supervisor
