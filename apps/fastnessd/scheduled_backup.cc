#include "scheduled_backup.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <functional>
#include <utility>
#include <vector>

#include "base/minute_text.h"
#include "confinement.h"
#include "new_file.h"
#include "os/process.h"
#include "stopped_instance.h"
#include "supervisor/admin_client.h"
#include "supervisor/recovery/recovery_jobs.h"
#include "supervisor/recovery/staged_copy.h"
#include "supervisor/recovery/test_restore.h"

namespace fastness {
namespace {

using supervisor::CommandLine;
using supervisor::RecoveryJobs;
using supervisor::Supervisor;
using Backups = config::Config::Backups;
namespace fs = std::filesystem;

// The name says when the backup was begun, so that names sort by time: nothing else is believed of
// a file here, and no other file is ever removed.
constexpr const char* kNameFormat = "fastness-%Y%m%dT%H%M%SZ.backup";
constexpr const char* kForPrograms = "%Y-%m-%dT%H:%M:%SZ";
constexpr std::string_view kNotWhole = ".partial";

std::string moment(Timestamp time, const char* format) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  std::array<char, 48> text{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

// When a backup by schedule of this name was begun; nothing for any other file.
std::optional<Timestamp> time_of(const std::string& name) {
  std::tm parts{};
  const char* end = ::strptime(name.c_str(), kNameFormat, &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const Timestamp time{std::chrono::seconds(::timegm(&parts))};
  return moment(time, kNameFormat) == name ? std::optional(time) : std::nullopt;
}

struct Kept {
  std::vector<Timestamp> made;       // the newest first
  std::vector<std::string> partial;  // names of what a run that was cut off has left
};

Result<Kept> look_into(const std::string& directory) {
  Kept kept;
  std::error_code failed;
  fs::directory_iterator at(directory, failed);
  for (; !failed && at != fs::directory_iterator(); at.increment(failed)) {
    std::string name = at->path().filename().string();
    if (const auto time = time_of(name)) kept.made.push_back(*time);
    if (!name.ends_with(kNotWhole)) continue;
    if (time_of(name.substr(0, name.size() - kNotWhole.size()))) {
      kept.partial.push_back(std::move(name));
    }
  }
  if (failed) {
    return fail(Errc::unavailable, "backups.directory, " + directory + ": " + failed.message());
  }
  std::ranges::sort(kept.made, std::greater<>());
  return kept;
}

// Of what was not made in the future: a clock that was wrong once must not stop the schedule.
std::optional<Timestamp> newest_of(const Kept& kept, Timestamp now) {
  const auto found = std::ranges::find_if(kept.made, [now](Timestamp each) { return each <= now; });
  return found == kept.made.end() ? std::nullopt : std::optional(*found);
}

bool is_due(const Backups& backups, const Kept& kept, Timestamp now) {
  const auto newest = newest_of(kept, now);
  return !newest || now - *newest >= std::chrono::hours(backups.every_hours);
}

// All but the newest, of which the one that was just proved whole is always one.
Result<void> remove_old(const Backups& backups, Kept kept, Timestamp made) {
  std::erase(kept.made, made);
  os::PosixFileSystem files;
  const auto others = static_cast<std::size_t>(backups.keep - 1);
  for (std::size_t i = others; i < kept.made.size(); ++i) {
    FASTNESS_RETURN_IF_ERROR(
        files.remove(fs::path(backups.directory) / moment(kept.made[i], kNameFormat)));
  }
  return files.sync_directory(backups.directory);
}

// What a run is at: what is in the way if it fails, in the words of /admin/v1/backup-schedule.
enum class Step { directory, copy, pack, verify, tidy };

std::string_view word_of(Step step) {
  switch (step) {
    case Step::directory:
      return "directory";
    case Step::copy:
      return "copy";
    case Step::pack:
      return "pack";
    case Step::verify:
      return "verify";
    case Step::tidy:
      return "tidy";
  }
  return {};
}

// A backup that was just made, for whatever is to be done with it next.
struct Made {
  RecoveryJobs jobs;
  supervisor::StagedCopy copy;  // which has ended
  NewFile file;                 // which has its name
};

// The way of `backup create`, and then the whole file is read back before it gets its name.
Result<Made> make_one(const config::Config& config, const std::optional<config::ChildUsers>& users,
                      const Kept& kept, Timestamp now, Step& at) {
  const fs::path directory = config.backups.directory;
  RecoveryJobs::Options options;
  FASTNESS_ASSIGN_OR_RETURN(options.programs, os::program_folder());
  options.hub_directory = supervisor::StagedCopy::files_in(config.data.dir);
  if (users) options.hub_user = users->hub.name;
  options.may_lack_landlock = !config.sandbox.require_landlock;
  FASTNESS_RETURN_IF_ERROR(
      confine(config, options.programs, log_of_host(config), {directory.string()}));
  at = Step::copy;
  FASTNESS_ASSIGN_OR_RETURN(auto copy, supervisor::StagedCopy::make(config.data.dir));
  at = Step::directory;
  // Nobody else makes one now, so what is not whole never will be.
  os::PosixFileSystem files;
  for (const std::string& name : kept.partial) {
    FASTNESS_RETURN_IF_ERROR(files.remove(directory / name));
  }
  FASTNESS_ASSIGN_OR_RETURN(NewFile file,
                            NewFile::create((directory / moment(now, kNameFormat)).string()));
  RecoveryJobs jobs(std::move(options));
  at = Step::pack;
  FASTNESS_RETURN_IF_ERROR(jobs.back_up_copy(file.descriptor(), copy));
  FASTNESS_RETURN_IF_ERROR(copy.end());
  at = Step::verify;
  FASTNESS_RETURN_IF_ERROR(jobs.verify_copy(file.descriptor(), copy));
  at = Step::pack;
  FASTNESS_RETURN_IF_ERROR(file.keep());
  return Made{std::move(jobs), std::move(copy), std::move(file)};
}

struct Outcome {
  std::optional<Made> made;  // nothing if none was due
  Timestamp newest;
};

Result<Outcome> make_what_is_due(const config::Config& config,
                                 const std::optional<config::ChildUsers>& users, Timestamp now,
                                 Step& at) {
  const Backups& backups = config.backups;
  FASTNESS_ASSIGN_OR_RETURN(Kept kept, look_into(backups.directory));
  const auto newest = newest_of(kept, now);
  if (newest && !is_due(backups, kept, now)) return Outcome{{}, *newest};
  FASTNESS_ASSIGN_OR_RETURN(Made made, make_one(config, users, kept, now, at));
  at = Step::tidy;
  FASTNESS_RETURN_IF_ERROR(remove_old(backups, std::move(kept), now));
  return Outcome{std::move(made), now};
}

// Tells the instance, which tells whoever runs it. One that cannot be told finds out that a backup
// is late.
void report(const std::string& data_directory, const Result<Outcome>& ended, Step at) {
  std::string body = R"({"outcome":"failed","trouble":")" + std::string(word_of(at)) + "\"}";
  if (ended) {
    body = std::string(R"({"outcome":")") + (ended->made ? "made" : "not_due") +
           R"(","newest_at":")" + moment(ended->newest, kForPrograms) + "\"}";
  }
  static_cast<void>(
      supervisor::tell_admin(data_directory, {"PUT", "/admin/v1/backup-schedule", body}));
}

Result<std::string> make_and_report(const config::Config& config,
                                    const std::optional<config::ChildUsers>& users, Timestamp now) {
  Step at = Step::directory;
  auto ended = make_what_is_due(config, users, now, at);
  // A person makes one just now: the next run will see how that went.
  const bool is_busy = !ended && ended.error().code == Errc::already_exists;
  if (!is_busy) report(config.data.dir, ended, at);
  if (!ended) return Unexpected<Error>{ended.error()};
  // It counts as made by now, and stays whatever comes of this, which the instance tells of itself.
  if (ended->made) {
    Made& made = *ended.value().made;
    FASTNESS_RETURN_IF_ERROR(
        supervisor::try_restore(made.jobs, config.data.dir, made.file.descriptor(), made.copy));
  }
  return std::string();
}

std::string next_text(const Backups& backups, const Kept& kept, Timestamp now) {
  const auto newest = newest_of(kept, now);
  if (!newest || is_due(backups, kept, now)) return "now, if the instance runs";
  return "after " + minute_text(*newest + std::chrono::hours(backups.every_hours));
}

std::string schedule_as_text(const Backups& backups, const Kept& kept, Timestamp now) {
  const auto newest = newest_of(kept, now);
  std::string out = "every             " + std::to_string(backups.every_hours) + " hours\n";
  out += "into              " + backups.directory + "\n";
  out += "kept              " + std::to_string(kept.made.size()) + ", at most " +
         std::to_string(backups.keep) + "\n";
  out += "newest            " +
         (newest ? minute_text(*newest) + ", proved whole" : std::string("none yet")) + "\n";
  out += "next              " + next_text(backups, kept, now) + "\n";
  const bool is_late = newest && now - *newest >= 2 * std::chrono::hours(backups.every_hours);
  if (is_late) {
    out +=
        "needs you         No backup was made in time. fastness host status says why, and the log "
        "of the instance at backup_by_schedule_failed.\n";
  }
  return out;
}

std::string quoted_path(const std::string& path) {
  std::string out = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  return out + '"';
}

std::string schedule_as_json(const Backups& backups, const Kept& kept, Timestamp now) {
  const auto newest = newest_of(kept, now);
  std::string out = "{\"every_hours\":" + std::to_string(backups.every_hours);
  out += ",\"directory\":" + quoted_path(backups.directory);
  out += ",\"keep\":" + std::to_string(backups.keep);
  out += ",\"backups\":" + std::to_string(kept.made.size());
  if (newest) out += ",\"newest\":\"" + moment(*newest, kForPrograms) + "\"";
  out += std::string(",\"is_due\":") + (is_due(backups, kept, now) ? "true" : "false");
  return out + "}\n";
}

}  // namespace

Result<std::string> act_on_schedule(const config::Config& config, const CommandLine& command,
                                    const std::optional<config::ChildUsers>& users,
                                    const Clock& clock) {
  const Backups& backups = config.backups;
  if (backups.every_hours == 0) {
    return fail(Errc::invalid_argument,
                "no backup is made by itself: set backups.every_hours and backups.directory");
  }
  const Timestamp now = std::chrono::floor<std::chrono::seconds>(clock.now());
  if (command.recovery.makes_what_is_due) return make_and_report(config, users, now);
  FASTNESS_ASSIGN_OR_RETURN(const Kept kept, look_into(backups.directory));
  return command.recovery.form == supervisor::OutputForm::json
             ? schedule_as_json(backups, kept, now)
             : schedule_as_text(backups, kept, now);
}

Supervisor::Chore chore_of(const config::Config& config, const std::string& programs) {
  const Backups& backups = config.backups;
  std::vector<std::string> arguments{"host", "backup", "schedule", "--make"};
  const std::pair<std::string, std::string> settings[] = {
      {"data.dir", config.data.dir},
      {"backups.directory", backups.directory},
      {"backups.every_hours", std::to_string(backups.every_hours)},
      {"backups.keep", std::to_string(backups.keep)},
      {"backups.retention_months", std::to_string(backups.retention_months)},
      {"sandbox.require_landlock", config.sandbox.require_landlock ? "true" : "false"},
      {"sandbox.vault_user", config.sandbox.vault_user},
      {"sandbox.hub_user", config.sandbox.hub_user}};
  for (const auto& [name, value] : settings) {
    arguments.insert(arguments.end(), {"--set", name + "=" + value});
  }
  Supervisor::Chore chore;
  chore.program = os::Program{programs + "/fastnessd", std::move(arguments), {}, {}};
  return chore;
}

}  // namespace fastness
