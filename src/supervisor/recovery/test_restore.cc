#include "supervisor/recovery/test_restore.h"

#include <thread>

#include <sys/stat.h>

#include "json/text_in.h"
#include "json/value.h"
#include "supervisor/admin_client.h"
#include "supervisor/answer_fields.h"

namespace fastness::supervisor {
namespace {

constexpr std::chrono::milliseconds kBetweenAnswers{200};

Result<bool> is_due(const std::string& data_directory, const std::string& path,
                    const os::Descriptor& file) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return os::fail_with_errno("look at the backup");
  const std::string body = R"({"bytes":)" + std::to_string(status.st_size) + "}";
  FASTNESS_ASSIGN_OR_RETURN(const std::string answer,
                            tell_admin(data_directory, {"POST", path, body}));
  FASTNESS_ASSIGN_OR_RETURN(const json::Value begun, json::parse(answer));
  return flag_in(begun, "is_due");
}

// Until the instance has read all of it.
Result<void> await_verdict(const std::string& data_directory, const std::string& path) {
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const std::string answer,
                              tell_admin(data_directory, {"GET", path, ""}));
    FASTNESS_ASSIGN_OR_RETURN(const json::Value progress, json::parse(answer));
    const std::string state = json::text_in(progress, "state");
    if (state == "passed") return {};
    if (state != "opening") {
      return fail(Errc::unavailable,
                  "the backup was made, and restored on trial it is not whole: " +
                      json::text_in(progress, "why"));
    }
    std::this_thread::sleep_for(kBetweenAnswers);
  }
}

}  // namespace

Result<void> try_restore(RecoveryJobs& jobs, const std::string& data_directory,
                         const os::Descriptor& file, const StagedCopy& copy) {
  const std::string path = "/admin/v1/backups/" + copy.id() + "/test-restore";
  FASTNESS_ASSIGN_OR_RETURN(const bool is_to_be_tried, is_due(data_directory, path, file));
  if (!is_to_be_tried) return {};
  auto unpacked = jobs.unpack_copy(file, copy, data_directory + "/run/test-restore/files");
  const std::string report = std::string(R"({"is_unpacked":)") + (unpacked ? "true}" : "false}");
  FASTNESS_RETURN_IF_ERROR(tell_admin(data_directory, {"PUT", path, report}));
  if (!unpacked) return unpacked;
  return await_verdict(data_directory, path);
}

}  // namespace fastness::supervisor
