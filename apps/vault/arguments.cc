#include "arguments.h"

#include <charconv>

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

// Takes a flag that stands alone; whether it was one.
bool take_flag(const std::string& word, Arguments& arguments) {
  if (word == "--initialise") {
    arguments.task = Task::initialise;
  } else if (word == "--forget-standby-root") {
    arguments.task = Task::forget_standby_root;
  } else if (word == "--without-landlock") {
    arguments.may_lack_landlock = true;
  } else {
    return false;
  }
  return true;
}

Result<void> take_option(const std::string& word, const std::string& value, Arguments& arguments) {
  if (word == "--directory") {
    // Absolute, since the sandbox is asked about what is around it.
    arguments.directory = std::filesystem::absolute(value).lexically_normal();
  } else if (word == "--connections") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.connections, parse_descriptor(value));
  } else if (word == "--passphrase") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.passphrase, parse_descriptor(value));
  } else if (word == "--user") {
    arguments.user = value;
  } else if (word == "--log-format") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.log_format, parse_format(value));
  } else if (word == "--log-level") {
    FASTNESS_ASSIGN_OR_RETURN(arguments.log_level, parse_level(value));
  } else if (word == "--import-device-authority") {
    arguments.imported_device_authority = value;
  } else if (word == "--export-standby-root") {
    arguments.task = Task::export_standby_root;
    arguments.output = value;
  } else {
    return wrong("unknown argument: " + word);
  }
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
  if (arguments.directory.empty()) return wrong("--directory is missing");
  if (arguments.task == Task::serve && !arguments.connections) {
    return wrong("--connections is missing");
  }
  if (arguments.imported_device_authority && arguments.task != Task::initialise) {
    return wrong("--import-device-authority goes with --initialise");
  }
  return arguments;
}

}  // namespace fastness::vault_app
