#include "arguments.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

namespace fastness::vault_app {
namespace {

Unexpected<Error> wrong(const std::string& why) {
  return fail(Errc::invalid_argument, why);
}

Result<int> parse_descriptor(const std::string& word) {
  int number = -1;
  const auto [end, status] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (status != std::errc() || end != word.data() + word.size() || number < 0) {
    return wrong("not a descriptor: " + word);
  }
  return number;
}

Result<telemetry::LogLevel> parse_level(const std::string& word) {
  using telemetry::LogLevel;
  for (const LogLevel level :
       {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
    if (word == telemetry::to_text(level)) return level;
  }
  return wrong("not a log level: " + word);
}

Result<telemetry::LogFormat> parse_format(const std::string& word) {
  if (word == "text") return telemetry::LogFormat::text;
  if (word == "json") return telemetry::LogFormat::json;
  return wrong("not a log format: " + word);
}

Result<vault::RootKey::Opener> parse_opener(const std::string& word) {
  if (word == "key-file") return vault::RootKey::Opener::key_file;
  if (word == "passphrase") return vault::RootKey::Opener::passphrase;
  return wrong("neither key-file nor passphrase: " + word);
}

Result<roots::Purpose> parse_purpose(const std::string& word) {
  if (word == "renew") return roots::Purpose::renew_issuer;
  if (word == "switch") return roots::Purpose::switch_to_standby;
  return wrong("neither renew nor switch: " + word);
}

// Takes a flag that stands alone; whether it was one.
bool take_flag(const std::string& word, Arguments& arguments) {
  if (word == "--initialise") {
    arguments.task = Task::initialise;
  } else if (word == "--forget-standby-root") {
    arguments.task = Task::forget_standby_root;
  } else if (word == "--kit-by-shares") {
    arguments.kit_by_shares = true;
  } else if (word == "--json") {
    arguments.as_json = true;
  } else if (word == "--yes") {
    arguments.is_agreed = true;
  } else if (word == "--migrate") {
    arguments.task = Task::migrate;
  } else if (word == "--change-passphrase") {
    arguments.migration.changes_passphrase = true;
  } else if (word == "--accept-key-file") {
    arguments.migration.accepts_key_file = true;
  } else if (word == "--without-landlock") {
    arguments.may_lack_landlock = true;
  } else {
    return false;
  }
  return true;
}

// What belongs to roots in files; whether it was such an option.
Result<bool> take_root_option(const std::string& word, const std::string& value,
                              Arguments& arguments) {
  if (word == "--export-standby-root") {
    arguments.task = Task::export_standby_root;
    arguments.output = value;
  } else if (word == "--export-active-root") {
    arguments.task = Task::export_active_root;
    arguments.output = value;
  } else if (word == "--forget-root") {
    arguments.task = Task::forget_root;
    arguments.root_files.emplace_back(value);
  } else if (word == "--request-root") {
    arguments.task = Task::request_root;
    FASTNESS_ASSIGN_OR_RETURN(arguments.purpose, parse_purpose(value));
  } else if (word == "--accept-root") {
    arguments.task = Task::accept_root;
    arguments.answer = value;
  } else if (word == "--sign-root") {
    arguments.task = Task::sign_root;
    arguments.request = value;
  } else if (word == "--root") {
    arguments.root_files.emplace_back(value);
  } else if (word == "--output") {
    arguments.output = value;
  } else if (word == "--codes") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.codes, parse_descriptor(value));
  } else {
    return false;
  }
  return true;
}

Result<void> take_token_option(const std::string& word, const std::string& value,
                               Arguments& arguments) {
  if (word == "--token-module") {
    arguments.token_module = value;
  } else if (word == "--token-label") {
    arguments.token_label = value;
  } else if (word == "--token-pin") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.token_pin, parse_descriptor(value));
  } else if (word == "--token-path") {
    arguments.token_paths.push_back(value);
  } else if (word == "--token-environment") {
    arguments.token_environment.push_back(value);
  } else {
    return wrong("unknown argument: " + word);
  }
  return {};
}

Result<std::uint32_t> parse_months(const std::string& word) {
  FASTNESS_ASSIGN_OR_RETURN(const int months, parse_descriptor(word));
  const auto number = static_cast<std::uint32_t>(months);
  if (number == 0 || number > vault::EpochRetention::kCentury) {
    return wrong("not a number of months: " + word);
  }
  return number;
}

Result<Environment> read_environment(const std::string& word) {
  const auto environment = parse_environment(word);
  if (!environment) return wrong("not an environment: " + word);
  return *environment;
}

// "3/5": any three of five.
Result<vault::SplitChoice> parse_split(const std::string& word) {
  const std::size_t slash = word.find('/');
  if (slash == std::string::npos) return wrong("not a number of shares: " + word);
  FASTNESS_ASSIGN_OR_RETURN(const int needed, parse_descriptor(word.substr(0, slash)));
  FASTNESS_ASSIGN_OR_RETURN(const int count, parse_descriptor(word.substr(slash + 1)));
  return vault::SplitChoice{static_cast<std::size_t>(needed), static_cast<std::size_t>(count)};
}

struct KitTask {
  std::string_view word;
  Task task;
};
constexpr KitTask kKitTasks[] = {{"--make-kit", Task::make_kit},
                                 {"--rehearse-kit", Task::rehearse_kit},
                                 {"--show-kit", Task::show_kit},
                                 {"--restore-kit", Task::restore},
                                 {"--scrub-kit", Task::scrub}};

// Takes an option of kits and backups; whether it was one.
Result<bool> take_recovery_option(const std::string& word, const std::string& value,
                                  Arguments& arguments) {
  const auto* task = std::ranges::find(kKitTasks, word, &KitTask::word);
  if (task != std::end(kKitTasks)) {
    arguments.task = task->task;
    FASTNESS_ASSIGN_OR_RETURN(arguments.kit, parse_descriptor(value));
  } else if (word == "--begin-backup") {
    arguments.task = Task::begin_backup;
    FASTNESS_ASSIGN_OR_RETURN(arguments.backup, parse_descriptor(value));
  } else if (word == "--open-backup") {
    arguments.task = Task::open_backup;
    FASTNESS_ASSIGN_OR_RETURN(arguments.backup, parse_descriptor(value));
  } else if (word == "--kit") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.kit, parse_descriptor(value));
  } else if (word == "--backup") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.backup, parse_descriptor(value));
  } else if (word == "--ticket") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.ticket, parse_descriptor(value));
  } else if (word == "--kit-secret") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.kit_secret, parse_descriptor(value));
  } else if (word == "--kit-split") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.kit_split, parse_split(value));
  } else {
    return false;
  }
  return true;
}

// What each task of recovery cannot do without.
Result<void> check_recovery(const Arguments& arguments) {
  const bool has_secret = arguments.kit_secret.has_value();
  if (arguments.task == Task::make_kit && has_secret == (arguments.kit_split.count > 0)) {
    return wrong("--make-kit needs --kit-secret or --kit-split, and not both");
  }
  const bool restores = arguments.task == Task::restore || arguments.task == Task::scrub;
  const bool opens = arguments.task == Task::rehearse_kit || restores ||
                     (arguments.task == Task::open_backup && arguments.kit);
  if (opens && !has_secret) return wrong("--kit-secret is missing");
  const bool backs_up =
      arguments.task == Task::begin_backup || arguments.task == Task::open_backup || restores;
  if (backs_up && (!arguments.backup || !arguments.ticket)) {
    return wrong("--backup or --ticket is missing");
  }
  return {};
}

Result<void> take_option(const std::string& word, const std::string& value, Arguments& arguments) {
  FASTNESS_ASSIGN_OR_RETURN(const bool was_taken, take_recovery_option(word, value, arguments));
  if (was_taken) return {};
  FASTNESS_ASSIGN_OR_RETURN(const bool was_of_roots, take_root_option(word, value, arguments));
  if (was_of_roots) return {};
  if (word == "--directory") {
    // Absolute, since the sandbox is asked about what is around it.
    arguments.directory = std::filesystem::absolute(value).lexically_normal();
  } else if (word == "--connections") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.connections, parse_descriptor(value));
  } else if (word == "--passphrase") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.passphrase, parse_descriptor(value));
  } else if (word == "--new-passphrase") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.migration.new_passphrase, parse_descriptor(value));
  } else if (word == "--opens-with") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.migration.opener, parse_opener(value));
  } else if (word.starts_with("--token-")) {
    return take_token_option(word, value, arguments);
  } else if (word == "--backup-months") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.backup_months, parse_months(value));
  } else if (word == "--environment") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.environment, read_environment(value));
  } else if (word == "--user") {
    arguments.user = value;
  } else if (word == "--log-format") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.log_format, parse_format(value));
  } else if (word == "--log-level") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.log_level, parse_level(value));
  } else if (word == "--import-device-authority") {
    arguments.imported_device_authority = value;
  } else {
    return wrong("unknown argument: " + word);
  }
  return {};
}

Result<void> check_roots(const Arguments& arguments) {
  const bool signs = arguments.task == Task::sign_root;
  const bool has_files = !arguments.root_files.empty();
  if (signs && (!has_files || !arguments.output)) {
    return wrong("--sign-root needs --root and --output");
  }
  if (has_files && !signs && arguments.task != Task::forget_root) {
    return wrong("--root goes with --sign-root");
  }
  if (has_files && !arguments.codes) return wrong("--codes is missing");
  return {};
}

}  // namespace

Result<Arguments> parse_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (take_flag(words[i], arguments)) continue;
    if (i + 1 == words.size()) return wrong("unknown or incomplete argument: " + words[i]);
    FASTNESS_RETURN_IF_ERROR(take_option(words[i], words[i + 1], arguments));
    ++i;
  }
  FASTNESS_RETURN_IF_ERROR(check_recovery(arguments));
  if (arguments.task == Task::show_kit) return arguments;
  if (arguments.task == Task::open_backup && arguments.kit) return arguments;
  FASTNESS_RETURN_IF_ERROR(check_roots(arguments));
  if (arguments.task == Task::sign_root) return arguments;
  if (arguments.directory.empty()) return wrong("--directory is missing");
  if (arguments.task == Task::serve && !arguments.connections) {
    return wrong("--connections is missing");
  }
  if (arguments.token_module.empty() != arguments.token_label.empty()) {
    return wrong("--token-module and --token-label need each other");
  }
  if (arguments.imported_device_authority && arguments.task != Task::initialise) {
    return wrong("--import-device-authority goes with --initialise");
  }
  return arguments;
}

}  // namespace fastness::vault_app
