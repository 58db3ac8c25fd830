#include "recovery.h"

#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "confinement.h"
#include "new_file.h"
#include "os/confinement/process_hardening.h"
#include "os/files/file_system.h"
#include "os/process.h"
#include "os/terminal.h"
#include "scheduled_backup.h"
#include "stopped_instance.h"
#include "supervisor/admin_client.h"
#include "supervisor/instance_directory.h"
#include "supervisor/recovery/recovery_jobs.h"

namespace fastness {
namespace {

using supervisor::Action;
using supervisor::CommandLine;
using supervisor::InstanceDirectory;
using supervisor::RecoveryJobs;
namespace fs = std::filesystem;

Result<os::Descriptor> open_to_read(const std::string& path) {
  os::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return os::fail_with_errno("open " + path);
  return file;
}

// The folder that fastnessd must be able to write to besides the instance.
Result<std::string> folder_of(const std::string& path) {
  std::string folder = fs::path(path).parent_path().string();
  if (folder == "/") {
    return fail(Errc::invalid_argument, path + ": name something in a folder, not below / itself");
  }
  return folder;
}

// With the data it would be lost, stolen and backed up together.
Result<void> check_outside(const std::string& path, const std::string& data_directory) {
  if (!path.starts_with(data_directory + "/")) return {};
  return fail(Errc::invalid_argument,
              path + " is in the data directory: it is to be lost or stolen with it never");
}

// What opens a kit: the descriptor that was named, or the terminal.
Result<os::Descriptor> open_kit_secret(const supervisor::RecoveryCommand& command) {
  FASTNESS_ASSIGN_OR_RETURN(os::Descriptor source,
                            os::named_or_terminal(command.secret_descriptor));
  if (!source.is_open()) {
    return fail(Errc::invalid_argument,
                "what opens the kit is asked for at a terminal, or comes by --kit-passphrase-fd");
  }
  return source;
}

enum class Wants { kit_secret, no_kit_secret };

bool is_json(const CommandLine& command) {
  return command.recovery.form == supervisor::OutputForm::json;
}

// Everything but the files, for an instance in config.data.dir.
Result<RecoveryJobs::Options> prepare_jobs(const config::Config& config, const CommandLine& command,
                                           const std::optional<config::ChildUsers>& users,
                                           Wants wants) {
  RecoveryJobs::Options options;
  FASTNESS_ASSIGN_OR_RETURN(options.programs, os::program_folder());
  FASTNESS_ASSIGN_OR_RETURN(options.passphrase, open_passphrase(config, command));
  FASTNESS_ASSIGN_OR_RETURN(options.token_pin, open_token_pin(config, command));
  if (wants == Wants::kit_secret) {
    FASTNESS_ASSIGN_OR_RETURN(options.kit_secret, open_kit_secret(command.recovery));
  }
  options.kit_by_shares = command.recovery.is_by_shares;
  options.as_json = is_json(command);
  options.vault_arguments = supervisor::vault_arguments(config, users);
  options.hub_directory = config.data.dir + "/hub";
  if (users) options.hub_user = users->hub.name;
  options.may_lack_landlock = !config.sandbox.require_landlock;
  return options;
}

Result<std::string> write_kit(const config::Config& config, const CommandLine& command,
                              const std::optional<config::ChildUsers>& users) {
  const std::string& path = command.recovery.kit;
  FASTNESS_RETURN_IF_ERROR(check_outside(path, config.data.dir));
  FASTNESS_ASSIGN_OR_RETURN(const std::string folder, folder_of(path));
  FASTNESS_ASSIGN_OR_RETURN(const InstanceDirectory held, hold_stopped_instance(config, users));
  const Wants wants = command.recovery.split.empty() ? Wants::kit_secret : Wants::no_kit_secret;
  FASTNESS_ASSIGN_OR_RETURN(auto options, prepare_jobs(config, command, users, wants));
  FASTNESS_ASSIGN_OR_RETURN(NewFile file, NewFile::create(path));
  FASTNESS_RETURN_IF_ERROR(confine(config, options.programs, log_of_host(config), {folder}));
  RecoveryJobs jobs(std::move(options));
  FASTNESS_RETURN_IF_ERROR(jobs.make_kit(file.descriptor(), command.recovery.split));
  FASTNESS_RETURN_IF_ERROR(file.keep());
  return std::string();
}

Result<std::string> rehearse_kit(const config::Config& config, const CommandLine& command,
                                 const std::optional<config::ChildUsers>& users) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor file, open_to_read(command.recovery.kit));
  FASTNESS_ASSIGN_OR_RETURN(const InstanceDirectory held, hold_stopped_instance(config, users));
  FASTNESS_ASSIGN_OR_RETURN(auto options, prepare_jobs(config, command, users, Wants::kit_secret));
  FASTNESS_RETURN_IF_ERROR(confine(config, options.programs, log_of_host(config)));
  FASTNESS_RETURN_IF_ERROR(RecoveryJobs(std::move(options)).rehearse_kit(file));
  return std::string();
}

// No instance is needed, so nothing is confined to one: the vault shuts itself in.
Result<std::string> show_kit(const config::Config& config, const CommandLine& command) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor file, open_to_read(command.recovery.kit));
  RecoveryJobs::Options options;
  FASTNESS_ASSIGN_OR_RETURN(options.programs, os::program_folder());
  options.as_json = is_json(command);
  if (!config.sandbox.require_landlock) options.vault_arguments = {"--without-landlock"};
  FASTNESS_RETURN_IF_ERROR(RecoveryJobs(std::move(options)).show_kit(file));
  return std::string();
}

// Of the files of an instance that is stopped: the vault makes the head here and now.
Result<void> back_up_stopped(const config::Config& config, const CommandLine& command,
                             const std::optional<config::ChildUsers>& users,
                             const std::string& folder) {
  FASTNESS_ASSIGN_OR_RETURN(
      const InstanceDirectory held,
      InstanceDirectory::open_existing(config.data.dir, users,
                                       {Errc::already_exists,
                                        "the instance is just starting or stopping, or another "
                                        "command works on it: try again"}));
  FASTNESS_ASSIGN_OR_RETURN(auto options,
                            prepare_jobs(config, command, users, Wants::no_kit_secret));
  FASTNESS_ASSIGN_OR_RETURN(NewFile file, NewFile::create(command.recovery.backup));
  FASTNESS_RETURN_IF_ERROR(confine(config, options.programs, log_of_host(config), {folder}));
  FASTNESS_RETURN_IF_ERROR(RecoveryJobs(std::move(options)).back_up(file.descriptor()));
  return file.keep();
}

// Of a copy that the running instance makes. It says at the end that the copy was there all the
// time; only then is the file a backup.
Result<void> back_up_running(const config::Config& config, const CommandLine& command,
                             const std::optional<config::ChildUsers>& users,
                             const std::string& folder) {
  const std::string& path = command.recovery.backup;
  const std::string& directory = config.data.dir;
  RecoveryJobs::Options options;
  FASTNESS_ASSIGN_OR_RETURN(options.programs, os::program_folder());
  options.hub_directory = supervisor::StagedCopy::files_in(directory);
  options.as_json = is_json(command);
  if (users) options.hub_user = users->hub.name;
  options.may_lack_landlock = !config.sandbox.require_landlock;
  FASTNESS_ASSIGN_OR_RETURN(NewFile file, NewFile::create(path));
  FASTNESS_RETURN_IF_ERROR(confine(config, options.programs, log_of_host(config), {folder}));
  FASTNESS_ASSIGN_OR_RETURN(auto copy, supervisor::StagedCopy::make(directory));
  FASTNESS_RETURN_IF_ERROR(RecoveryJobs(std::move(options)).back_up_copy(file.descriptor(), copy));
  FASTNESS_RETURN_IF_ERROR(copy.end());
  return file.keep();
}

Result<std::string> back_up(const config::Config& config, const CommandLine& command,
                            const std::optional<config::ChildUsers>& users) {
  const std::string& path = command.recovery.backup;
  FASTNESS_RETURN_IF_ERROR(check_outside(path, config.data.dir));
  FASTNESS_ASSIGN_OR_RETURN(const std::string folder, folder_of(path));
  FASTNESS_ASSIGN_OR_RETURN(const bool is_running, supervisor::has_running_hub(config.data.dir));
  FASTNESS_RETURN_IF_ERROR(is_running ? back_up_running(config, command, users, folder)
                                      : back_up_stopped(config, command, users, folder));
  return std::string();
}

// By a kit, without an instance: as little as showing one.
Result<RecoveryJobs::Options> prepare_kit_only(const config::Config& config,
                                               const CommandLine& command) {
  RecoveryJobs::Options options;
  FASTNESS_ASSIGN_OR_RETURN(options.programs, os::program_folder());
  FASTNESS_ASSIGN_OR_RETURN(options.kit_secret, open_kit_secret(command.recovery));
  options.kit_by_shares = command.recovery.is_by_shares;
  options.as_json = is_json(command);
  options.may_lack_landlock = !config.sandbox.require_landlock;
  if (options.may_lack_landlock) options.vault_arguments = {"--without-landlock"};
  return options;
}

// Beside an instance that runs, too: nothing is written, and nothing is asked of it.
Result<std::string> verify_backup(const config::Config& config, const CommandLine& command,
                                  const std::optional<config::ChildUsers>& users) {
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor backup, open_to_read(command.recovery.backup));
  os::Descriptor kit;
  if (!command.recovery.kit.empty()) {
    FASTNESS_ASSIGN_OR_RETURN(kit, open_to_read(command.recovery.kit));
    FASTNESS_ASSIGN_OR_RETURN(auto options, prepare_kit_only(config, command));
    FASTNESS_RETURN_IF_ERROR(RecoveryJobs(std::move(options)).verify(backup, kit));
    return std::string();
  }
  if (::access((config.data.dir + "/vault").c_str(), F_OK) != 0) {
    return Unexpected<Error>{supervisor::no_instance_in(config.data.dir)};
  }
  FASTNESS_ASSIGN_OR_RETURN(auto options,
                            prepare_jobs(config, command, users, Wants::no_kit_secret));
  FASTNESS_RETURN_IF_ERROR(confine(config, options.programs, log_of_host(config)));
  FASTNESS_RETURN_IF_ERROR(RecoveryJobs(std::move(options)).verify(backup, kit));
  return std::string();
}

// What lies there may be anybody's: it is read by a program that is shut in with that directory.
Result<std::string> list_backups(const config::Config& config, const CommandLine& command) {
  RecoveryJobs::Options options;
  FASTNESS_ASSIGN_OR_RETURN(options.programs, os::program_folder());
  options.as_json = is_json(command);
  options.may_lack_landlock = !config.sandbox.require_landlock;
  FASTNESS_RETURN_IF_ERROR(RecoveryJobs(std::move(options))
                               .list(command.recovery.directory, config.backups.retention_months));
  return std::string();
}

// A directory that takes the place of another when everything in it is right, and else is gone.
class Workplace {
 public:
  static Result<Workplace> make(const std::string& directory) {
    std::error_code failed;
    if (fs::exists(directory, failed) && !fs::is_empty(directory, failed)) {
      return fail(Errc::already_exists, directory + " is not empty: restore into a new directory");
    }
    std::string path = directory + ".restoring";
    if (fs::exists(path, failed)) {
      return fail(Errc::already_exists, path + " is left of a restore that was cut off: remove it");
    }
    return Workplace(directory, std::move(path));
  }
  Workplace(Workplace&& other) noexcept
      : directory_(std::move(other.directory_)), path_(std::exchange(other.path_, {})) {}
  Workplace& operator=(Workplace&&) = delete;
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] Result<void> move_in() {
    os::PosixFileSystem files;
    FASTNESS_RETURN_IF_ERROR(files.sync_directory(path_));
    FASTNESS_RETURN_IF_ERROR(files.rename(path_, directory_));
    path_.clear();
    return files.sync_directory(fs::path(directory_).parent_path());
  }

 private:
  Workplace(std::string directory, std::string path)
      : directory_(std::move(directory)), path_(std::move(path)) {}

  std::string directory_;
  std::string path_;
};

std::string last_word_of_copy(const std::string& directory) {
  return "A scrubbed copy is in " + directory +
         ", an instance of its own: start it there, with the same "
         "instance.environment.\nPeople are user-1@example.invalid and so on. To come in as one: "
         "fastness host setup-link --email user-1@example.invalid.\nDevices enrol anew. Make a "
         "recovery kit of its own if it is to last.\n";
}

std::string last_word(const std::string& directory) {
  return "The instance is in " + directory +
         " again: start it there. Boards connect as before; people sign in anew.\n"
         "A new key signs for devices from now on. If somebody may have the old host's disk, give "
         "its keys up:\nfastness ca status, then fastness ca distrust for each generation of "
         "before.\n";
}

Result<std::string> restore(config::Config config, const CommandLine& command,
                            const std::optional<config::ChildUsers>& users) {
  std::string directory = command.recovery.directory;
  if (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  FASTNESS_ASSIGN_OR_RETURN(const std::string folder, folder_of(directory));
  if (command.recovery.is_scrubbed && config.instance.environment == Environment::production) {
    return fail(Errc::invalid_argument,
                "a scrubbed copy is for staging or development: say which by "
                "--set instance.environment=staging");
  }
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor kit, open_to_read(command.recovery.kit));
  FASTNESS_ASSIGN_OR_RETURN(const os::Descriptor backup, open_to_read(command.recovery.backup));
  FASTNESS_ASSIGN_OR_RETURN(Workplace workplace, Workplace::make(directory));
  config.data.dir = workplace.path();
  FASTNESS_ASSIGN_OR_RETURN(const InstanceDirectory held,
                            InstanceDirectory::open(config.data.dir, users));
  FASTNESS_ASSIGN_OR_RETURN(auto options, prepare_jobs(config, command, users, Wants::kit_secret));
  FASTNESS_RETURN_IF_ERROR(confine(config, options.programs, log_of_host(config), {folder}));
  RecoveryJobs jobs(std::move(options));
  const bool is_scrubbed = command.recovery.is_scrubbed;
  FASTNESS_RETURN_IF_ERROR(is_scrubbed ? jobs.restore_scrubbed(kit, backup)
                                       : jobs.restore(kit, backup));
  FASTNESS_RETURN_IF_ERROR(workplace.move_in());
  if (is_json(command)) return std::string();
  return is_scrubbed ? last_word_of_copy(directory) : last_word(directory);
}

}  // namespace

bool is_recovery(Action action) {
  switch (action) {
    case Action::kit_create:
    case Action::kit_rehearse:
    case Action::kit_show:
    case Action::backup_create:
    case Action::backup_verify:
    case Action::backup_list:
    case Action::backup_schedule:
    case Action::restore:
      return true;
    default:
      return false;
  }
}

Result<std::string> recover(const config::Config& config, const CommandLine& command) {
  FASTNESS_RETURN_IF_ERROR(os::harden_process());
  if (command.action == Action::kit_show) return show_kit(config, command);
  if (command.action == Action::backup_list) return list_backups(config, command);
  FASTNESS_ASSIGN_OR_RETURN(const auto users, config::find_child_users(config.sandbox));
  switch (command.action) {
    case Action::kit_create:
      return write_kit(config, command, users);
    case Action::kit_rehearse:
      return rehearse_kit(config, command, users);
    case Action::backup_create:
      return back_up(config, command, users);
    case Action::backup_schedule:
      return act_on_schedule(config, command, users, SystemClock());
    case Action::backup_verify:
      return verify_backup(config, command, users);
    default:
      return restore(config, command, users);
  }
}

}  // namespace fastness
